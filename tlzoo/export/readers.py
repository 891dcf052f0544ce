"""What raw input is in each modality, and how a serving graph reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import tensorflow as tf

    from tlzoo.export.contract import ServingModel

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


def raw_reader(model: ServingModel) -> RawReader:
    """Return how a serving graph reads this modality; raise UsageError for one that nothing is known of."""
    if model.modality not in _READERS:
        raise UsageError(f"no serving for modality {model.modality!r}", did_you_mean(model.modality, _READERS))
    return _READERS[model.modality](model)


def _encoded_images(model: ServingModel) -> RawReader:
    from tlzoo.data.image_files.decoding import decoder

    return RawReader("images", decoder(model.background), "string", ())


def _texts(model: ServingModel) -> RawReader:
    return RawReader("texts", _as_it_is, "string", model.raw_shape)


def _observations(model: ServingModel) -> RawReader:
    return RawReader("observations", _as_it_is, model.preprocessing.dtype, model.preprocessing.shape)


def _as_it_is(raw: tf.Tensor) -> tf.Tensor:
    return raw


_READERS: dict[str, Callable[[ServingModel], RawReader]] = {
    "vision": _encoded_images,
    "text": _texts,
    "rl": _observations,
}
