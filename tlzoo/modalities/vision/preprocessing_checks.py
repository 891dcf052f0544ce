"""Checks of preprocessing against the contract: range, size and channel order, which otherwise fail silently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.backbones.contract import Backbone
    from tlzoo.data.contract import Examples
    from tlzoo.registry import Entry, InputContract

__all__ = ["data_problems", "preprocessing_problems"]

_CLOSE = 1e-3
_WHITE = 255.0
_DARK = 32.0
_ENLARGED = 4
_LOOKED_AT = 32
_COLOUR = 3
_RANK = 4


def preprocessing_problems(entry: Entry, backbone: Backbone) -> tuple[str, ...]:
    """Return the differences between an image backbone's preprocessing and the contract of its entry.

    Black, white and each channel alone pass through ``normalize``: the outputs give channel order, range,
    mean and deviation.
    """
    contract, preprocessing = entry.input, backbone.preprocessing
    shape = preprocessing.shape
    if shape[2:] != (contract.channels,):
        return (f"preprocessing returns {shape[-1]} channels, but the contract declares {contract.channels}",)
    if contract.smallest is None and shape[:2] != contract.size:
        return (f"preprocessing returns {_by(shape[:2])} pixels, but the contract declares {_by(contract.size)}",)
    came = _pixels(backbone, shape)
    return () if came is None else tuple(_differences(contract, *came))


def data_problems(entry: Entry, backbone: Backbone, examples: Examples) -> tuple[str, ...]:
    """Return problems of the data with a backbone: scaled pixels, small images, lost colour.

    A few samples are read. Another channel order of the data cannot be detected.
    """
    from tlzoo.data.contract import Pictures

    contract = entry.input
    if not len(examples):
        return ()
    found = []
    looked_at = np.unique(np.linspace(0, len(examples) - 1, _LOOKED_AT).astype(np.int64))
    stream = examples.stream(looked_at).map(backbone.preprocessing.prepare)
    brightest = max(float(np.max(each)) for each in stream.as_numpy_iterator())
    if 0 < brightest <= _DARK:
        scale = "to 0..1" if brightest <= 1 else "already"
        found.append(f"no pixel of the data is above {brightest:.4g} of 255: the data look scaled {scale}; use 0..255")
    if isinstance(examples, Pictures):
        shapes = np.asarray(examples.shapes)
        height, width = (float(np.median(shapes[:, axis])) for axis in (0, 1))
        enlarged = min(backbone.preprocessing.shape[0] / height, backbone.preprocessing.shape[1] / width)
        if enlarged > _ENLARGED:
            size = _by(backbone.preprocessing.shape[:2])
            found.append(f"images of {height:g}x{width:g} pixels are enlarged {enlarged:.3g} times, to {size}")
        if contract.channels == 1 and np.median(shapes[:, 2]) == _COLOUR:
            found.append("the backbone uses grey images, but the images are in colour")
    return tuple(found)


def _pixels(backbone: Backbone, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the output for black, (channels,), and the increase for each channel at 255, (input, output channels)."""
    middle = [_middle(backbone, shape, channel) for channel in (None, *range(shape[-1]))]
    found = np.array([each for each in middle if each is not None])
    return (found[0], found[1:] - found[0]) if len(found) == len(middle) else None


def _middle(backbone: Backbone, shape: tuple[int, ...], channel: int | None) -> NDArray[np.float64] | None:
    """Return the output of the middle pixel of an image with one channel (or none) at 255 and the others at 0."""
    import tensorflow as tf

    probe = np.zeros((1, *shape), np.float32)
    if channel is not None:
        probe[..., channel] = _WHITE
    came: Any = backbone.preprocessing.normalize(tf.constant(probe))
    if isinstance(came, dict | list | tuple):
        parts = list(came.values()) if isinstance(came, dict) else list(came)
        if len(parts) != 1:
            return None
        came = parts[0]
    if len(came.shape) != _RANK or came.shape[-1] != shape[-1]:
        return None
    return np.asarray(came[0, came.shape[1] // 2, came.shape[2] // 2], np.float64)


def _differences(contract: InputContract, black: NDArray[np.float64], added: NDArray[np.float64]) -> Iterator[str]:
    sources = np.abs(added).argmax(axis=0)  # the input channel of each output channel
    straight = np.arange(contract.channels)
    expected = straight[::-1] if contract.order == "bgr" else straight
    if contract.channels == _COLOUR and not np.array_equal(sources, expected):
        names = "".join("RGB"[each] for each in sources)
        yield f"the backbone receives channels in the order {names}, but the contract declares {contract.order.upper()}"
    mean = np.array(contract.mean or (0.0,) * contract.channels)
    std = np.array(contract.std or (1.0,) * contract.channels)
    low, high = ((end - mean) / std for end in contract.range)
    white = black + added.sum(axis=0)
    for name, is_, said in (("black", black, low), ("white", white, high)):
        # In sorted order: a contract does not declare whether mean and deviation are those of RGB or of BGR.
        if not np.allclose(np.sort(is_), np.sort(said), rtol=_CLOSE, atol=_CLOSE):
            yield f"{name} becomes {_list(is_)}, but the contract declares {_list(said)}"


def _by(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))


def _list(values: NDArray[np.float64]) -> str:
    shown = [f"{value:.4g}" for value in values]
    return shown[0] if len(set(shown)) == 1 else " ".join(shown)
