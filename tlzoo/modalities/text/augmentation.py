"""Augmentation of texts: word dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from tlzoo.modalities.augmentation.options import Augmentation, Fraction
from tlzoo.modalities.augmentation.pairing import Pairing
from tlzoo.modalities.text.word_dropout import drop_words

__all__ = ["POLICIES", "TextAugmentation", "TextAugmenter"]

POLICIES = {"light": {"word_dropout": 0.05}, "standard": {"word_dropout": 0.1}, "strong": {"word_dropout": 0.2}}
"""Options by policy."""


class TextAugmentation(Augmentation):
    """Operations on texts."""

    modality: ClassVar[str] = "text"
    usual: ClassVar[dict[str, Any]] = {"word_dropout": 0.1}

    word_dropout: Fraction = Field(default=0.0, description="share of omitted words; one word always stays")


@dataclass(slots=True)
class TextAugmenter:
    """Augments batches of texts."""

    options: TextAugmentation

    def __call__(self, batch: Any, base: int, samples: np.ndarray) -> Any:
        """Return the batch with omitted words."""
        texts = batch if isinstance(batch, np.ndarray) else batch.numpy()
        return drop_words(texts, base, samples, self.options.word_dropout)

    def pairing(self, draw: np.random.Generator, batch: int) -> Pairing | None:  # noqa: ARG002 - texts do not mix
        """Return None: texts are not mixed."""
        return None

    def mixed(self, batch: Any, pairs: Pairing) -> Any:  # noqa: ARG002 - as above
        """Return the batch unchanged."""
        return batch
