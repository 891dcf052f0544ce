"""What raw input is in each modality, and how a serving graph reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import tensorflow as tf

    from tlzoo.backbones import Preprocessing

__all__ = ["RawReader", "raw_reader"]


@dataclass(frozen=True, slots=True)
class RawReader:
    """How one modality's raw input travels.

    ``name`` is what the signature calls it; ``read`` takes one such input to what ``prepare`` takes. ``dtype`` and
    ``shape`` are those of one raw input.
    """

    name: str
    read: Callable[[tf.Tensor], tf.Tensor]
    dtype: str
    shape: tuple[int | None, ...]


def raw_reader(modality: str, preprocessing: Preprocessing) -> RawReader:
    """Return how a serving graph reads this modality; raise UsageError for one that nothing is known of."""
    if modality not in _READERS:
        raise UsageError(f"no serving for modality {modality!r}", did_you_mean(modality, _READERS))
    return _READERS[modality](preprocessing)


def _encoded_images(_preprocessing: Preprocessing) -> RawReader:
    from tlzoo.data.decoding import decode

    return RawReader("images", decode, "string", ())


def _texts(_preprocessing: Preprocessing) -> RawReader:
    return RawReader("texts", _as_it_is, "string", ())


def _observations(preprocessing: Preprocessing) -> RawReader:
    return RawReader("observations", _as_it_is, preprocessing.dtype, preprocessing.shape)


def _as_it_is(raw: tf.Tensor) -> tf.Tensor:
    return raw


_READERS: dict[str, Callable[[Preprocessing], RawReader]] = {
    "vision": _encoded_images,
    "text": _texts,
    "rl": _observations,
}
