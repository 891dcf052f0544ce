"""The head of causal transformers: options of training and sampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, NonNegativeInt, PositiveInt, ValidationInfo, field_validator

from tlzoo.errors import UsageError
from tlzoo.heads import Head, Takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras

__all__ = ["CausalLM"]

_LOWEST = 0.001
"""Lowest temperature: logits divided by a lower one could exceed the range of float32."""


class CausalLM(Head):
    """Next-token logits of a causal transformer, by its own token embedding (Radford et al. 2019).

    It adds no layers: the final normalization counts as the head, and the logits are products with the token embedding
    (Press and Wolf 2017, arXiv 1608.05859). A pair is trained as ``start prompt separator completion end``, with the
    loss on the completion and the end token. Options of sampling are defaults of ``tlzoo predict``.
    """

    name: ClassVar[str] = "causal-lm"
    takes: ClassVar[Takes] = "sequence"
    trainer: ClassVar[str | None] = "generation"
    advises: ClassVar[Mapping[str, float | str]] = {
        "head_rate": 1e-3,
        "tuned_rate": 1e-4,
        "head_share": 0.0,
        "unfreeze": "all",
    }

    separator: str = Field(default="\n", description="text between prompt and completion")
    packing: bool = Field(
        default=True, description="put several pairs into one row; attention and positions do not cross pairs"
    )
    temperature: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="divisor of the logits in sampling, 0.001 or more; 0: the most likely token (greedy)",
    )
    top_k: NonNegativeInt = Field(default=0, description="sample from the k most likely tokens; 0: from all")
    top_p: float = Field(
        default=1.0, gt=0, le=1, description="sample from the most likely tokens with this total probability"
    )
    max_tokens: PositiveInt = Field(default=128, description="largest number of tokens of a completion")
    seed: NonNegativeInt = Field(default=0, description="seed of sampling")

    @field_validator("temperature")
    @classmethod
    def _large_enough(cls, value: float) -> float:
        if 0 < value < _LOWEST:
            raise ValueError(f"must be 0, or {_LOWEST} or more")
        return value

    @field_validator("top_k", "top_p")
    @classmethod
    def _of_sampling(cls, value: float, about: ValidationInfo) -> float:
        """Raise ValueError for an option of sampling that the most likely token does not depend on."""
        if about.data.get("temperature") == 0 and value != cls.model_fields[str(about.field_name)].default:
            raise ValueError("has no effect without temperature; set temperature=1")
        return value

    def build(self, shape: Any, task: Any, seed: int) -> keras.Model:  # noqa: ARG002 - of the contract
        """Raise UsageError: the layers are those of the backbone, which the trainer uses."""
        raise UsageError(f"the head {self.name!r} is for prompts and completions", "use data of the source 'prompts:'")
