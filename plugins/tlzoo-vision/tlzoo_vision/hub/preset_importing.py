"""Entries for vision presets of KerasHub, in repositories of Hugging Face and on Kaggle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from tlzoo.errors import BytesRefusedError
from tlzoo.registry import Entry, Features, ImageInput

from .families import FAMILIES, Blocks
from .importing import MOST_WINDOW, require_keras_hub, require_patches

if TYPE_CHECKING:
    from tlzoo.artifacts import HubConfig, HubRepository

__all__ = ["PRESETS", "import_preset"]

PRESETS = tuple(f"keras/{name}" for name in FAMILIES)
"""Formats of repositories: the class in ``config.json``."""

_SMALLEST: Mapping[str, int] = {"CSPNetBackbone": 64, "ResNetBackbone": 32}
"""Smallest side of an image in pixels. Networks of other levels take one size only."""

_DEPTHS = ("depths", "layerwise_depths", "stackwise_depth", "stackwise_num_blocks")
_NOT_SIZES = ("data_format", "dtype", "image_shape", "name", "trainable")
_MOST_SIDE, _MOST_BLOCKS, _WHITE = 2048, 256, 255.0
_Pooling = Literal["average", "first"]


def import_preset(repository: HubRepository) -> Entry:
    """Return an entry for a preset: its sizes are in ``config.json``, its contract in ``image_converter.json``.

    Raises:
        PluginError: If KerasHub is not installed.
        BytesRefusedError: If a value is missing or invalid.
        EntryError: If a file is missing, or a download fails.
    """
    require_keras_hub(repository)
    name, sizes = repository.config.text("class_name"), repository.config.table("config")
    sizes.check_sizes(without=_NOT_SIZES)
    _check_depth(sizes)
    converter = _converter(repository)
    size = _size(sizes, converter)
    if "patch_size" in sizes.values:
        require_patches(sizes.what, max(size), _patch(sizes, min(size)))
    pooling: _Pooling = "first" if isinstance(FAMILIES[name], Blocks) else "average"
    sequence = isinstance(FAMILIES[name], Blocks) or name == "SwinTransformerBackbone"
    return Entry(
        id=repository.handle,
        plugin="tlzoo",
        summary=f"{name.removesuffix('Backbone')} from {repository.handle}",
        modality="vision",
        loader="kerashub",
        files={"config": repository.file("config.json"), "weights": repository.weights("model.weights.h5")},
        input=ImageInput("image", size, smallest=_smallest(name, sizes, size), **_normalization(converter)),
        features=Features("sequence" if sequence else "map", pooling=pooling),
        licence="NOASSERTION",
        options={"class": name},
    )


def _check_depth(sizes: HubConfig) -> None:
    """Refuse a network of more blocks than can be built."""
    if "window_size" in sizes.values:
        sizes.integer("window_size", most=MOST_WINDOW)
    if "num_layers" in sizes.values:
        sizes.integer("num_layers", most=_MOST_BLOCKS)
    for name in _DEPTHS:
        if name in sizes.values and sum(found := sizes.integers(name, most=_MOST_BLOCKS)) > _MOST_BLOCKS:
            raise BytesRefusedError(
                f"{sizes.what}: {name} has {sum(found):,} blocks, above the limit of {_MOST_BLOCKS}",
                "use another repository",
            )


def _converter(repository: HubRepository) -> HubConfig:
    """Return the preprocessing of images."""
    for path in ("image_converter.json", "preprocessor.json"):
        if path in repository.files:
            found = repository.json(path).table("config")
            nested = found.values.get("image_converter")
            return found if nested is None else found.table("image_converter").table("config")
    raise BytesRefusedError(
        f"{repository.handle} has no image_converter.json, so the normalization of its images is unknown",
        "use a newer version",
    )


def _size(sizes: HubConfig, converter: HubConfig) -> tuple[int, int]:
    """Return height and width of the preset's images."""
    if converter.values.get("image_size") is not None:
        height, width = converter.integers("image_size", most=_MOST_SIDE, count=2)
        return height, width
    height, width, channels = sizes.integers("image_shape", most=_MOST_SIDE, count=3)
    if channels != 3:  # noqa: PLR2004 - colours
        raise BytesRefusedError(f"{sizes.what} does not take colour images", "use a network with 3 channels")
    return height, width


def _smallest(name: str, sizes: HubConfig, size: tuple[int, int]) -> tuple[int, int] | None:
    family = FAMILIES[name]
    if isinstance(family, Blocks):
        least = None if family.smallest is None else family.smallest * _patch(sizes, min(size))
    else:
        least = _SMALLEST.get(name)
    return None if least is None else (min(least, size[0]), min(least, size[1]))


def _patch(sizes: HubConfig, most: int) -> int:
    """Return the side of a patch; a file may have height and width."""
    if isinstance(sizes.values.get("patch_size"), list):
        return min(sizes.integers("patch_size", most=most, count=2))
    return sizes.integer("patch_size", most=most)


def _normalization(converter: HubConfig) -> dict[str, Any]:
    """Return range, mean and standard deviation of the input contract: x * scale + offset, for x from 0 to 255."""
    if "variance" in converter.values:
        raise BytesRefusedError(f"{converter.what} is in a former format", "use a newer version")
    if converter.values.get("scale") is None:
        if converter.values.get("offset") is not None:
            raise BytesRefusedError(f"{converter.what} has an offset without a scale", "use another repository")
        return {"range": (0.0, _WHITE)}
    scales, offsets = _channels(converter, "scale", 1.0), _channels(converter, "offset", 0.0)
    if min(scales) <= 0:
        raise BytesRefusedError(f"{converter.what}: scale must be positive", "use another repository")
    deviations = tuple(_rounded(1 / (_WHITE * scale)) for scale in scales)
    means = tuple(_rounded(-offset * each) for offset, each in zip(offsets, deviations, strict=True))
    plain = set(deviations) == {1.0} and set(means) == {0.0}
    return {"range": (0.0, 1.0)} if plain else {"range": (0.0, 1.0), "mean": means, "std": deviations}


def _channels(converter: HubConfig, name: str, default: float) -> tuple[float, ...]:
    """Return one number per channel; a file may have one for all."""
    value = converter.values.get(name)
    if value is None:
        return (default,) * 3
    return converter.numbers(name, count=3) if isinstance(value, list) else (converter.number(name),) * 3


def _rounded(value: float) -> float:
    """Return a number without the rounding errors of a product, as publishers write it."""
    return round(value, 9) + 0.0
