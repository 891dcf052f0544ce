"""Options of augmentation: one number for each operation, 0 or false to disable it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator

from tlzoo.tasks.contract import OutputForm

__all__ = ["Augmentation", "Fraction"]

Fraction = Annotated[float, Field(ge=0, lt=1)]
"""The type of an option in [0, 1)."""


class Augmentation(BaseModel):
    """The operations on samples of one modality."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: ClassVar[str]
    usual: ClassVar[dict[str, Any]] = {}
    """The strength of operations set to ``true``."""

    pairs: ClassVar[frozenset[str]] = frozenset()
    """Operations that pair samples at every step, which views cannot cache."""

    moves: ClassVar[Mapping[OutputForm, frozenset[str]]] = MappingProxyType({})
    """The forms of targets that the augmenter moves together with the samples, as ``MovesMaps`` and ``MovesBoxes``
    declare, each with the operations that cannot be applied to such targets, such as blending."""

    views: PositiveInt | None = Field(
        default=None,
        description="augmented versions of a sample with cached features; default: new versions every epoch",
    )

    @property
    def active(self) -> bool:
        """Whether any operation is enabled."""
        return any(getattr(self, name) for name in type(self).model_fields if name not in {"views", "magnitude"})

    @property
    def identity(self) -> str:
        """Return an identifier of the operations, independent of the number of views."""
        return f"{self.modality} 1: {self.model_dump_json(exclude={'views'})}"

    @field_validator("*", mode="before")
    @classmethod
    def _switched(cls, value: Any, info: Any) -> Any:
        """Convert ``false`` and ``true`` to strengths."""
        if isinstance(value, bool) and info.field_name in cls.usual:
            return cls.usual[info.field_name] if value else 0
        return value
