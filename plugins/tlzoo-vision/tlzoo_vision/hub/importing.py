"""Entries for vision networks in repositories of the Hugging Face Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import HubConfig, HubRepository
from tlzoo.errors import BytesRefusedError, PluginError
from tlzoo.registry import Entry, Features, ImageInput

from .families import FAMILIES, Blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "IMPORTED",
    "MOST_WINDOW",
    "RESNETS",
    "import_network",
    "import_resnet",
    "require_keras_hub",
    "require_patches",
]

IMPORTED: Mapping[str, str] = {
    "deit": "DeiTBackbone",
    "dinov2": "DINOV2Backbone",
    "dinov2_with_registers": "DINOV2Backbone",
    "dinov3_vit": "DINOV3Backbone",
    "swin": "SwinTransformerBackbone",
    "vit": "ViTBackbone",
}
"""Classes of ``keras_hub.models`` by the ``model_type`` of transformers that KerasHub converts to them."""

RESNETS = tuple(f"timm/resnet{depth}" for depth in (18, 26, 34, 50, 101, 152))
"""Architectures of timm that KerasHub converts to its ``ResNetBackbone``."""

_SMALLEST = 32
_MOST_SIDE, _MOST_SIZE, _MOST_BLOCKS, _MOST_PATCHES = 2048, 16_384, 256, 256
MOST_WINDOW = 64
"""Largest side of a window of attention in patches: KerasHub's Swin makes a table of its fourth power."""

_RESCALED = 1 / 255
_PREPROCESSOR = "preprocessor_config.json"


def import_network(repository: HubRepository) -> Entry:
    """Return an entry for a network of transformers.

    The contract is that of ``config.json`` and ``preprocessor_config.json``.

    Raises:
        PluginError: If KerasHub is not installed.
        BytesRefusedError: If a value is missing or invalid, or the weights are pickled or of another size.
        EntryError: If a file is missing, or a download fails.
    """
    require_keras_hub(repository)
    config, name = repository.config, IMPORTED[repository.kind]
    side = config.integer("image_size", most=_MOST_SIDE)
    if config.integer("num_channels", most=_MOST_SIZE, default=3) != 3:  # noqa: PLR2004 - colours
        raise BytesRefusedError(f"{repository.handle} does not take colour images", "use a network with 3 channels")
    parameters = _parameters(config, name)
    family, smallest = FAMILIES[name], None
    patch = config.integer("patch_size", most=side)
    if isinstance(family, Blocks) and family.smallest is not None:
        side = _side(repository.json(_PREPROCESSOR), side) // patch * patch
        smallest = min(side, family.smallest * patch)
    require_patches(repository.handle, side, patch)
    if "window_size" in config.values:
        config.integer("window_size", most=MOST_WINDOW)
    return Entry(
        id=repository.handle,
        plugin="tlzoo",
        summary=f"{name.removesuffix('Backbone')} from {repository.handle}",
        modality="vision",
        loader="kerashub",
        files={"config": repository.file("config.json"), "weights": repository.weights(parameters=parameters)},
        input=_input(repository.json(_PREPROCESSOR), side, smallest),
        features=Features("sequence", pooling="average" if name == "SwinTransformerBackbone" else "first"),
        licence="NOASSERTION",
        options={"class": name},
    )


def import_resnet(repository: HubRepository) -> Entry:
    """Return an entry for a residual network of timm; ``config.json`` has its contract.

    Raises:
        PluginError: If KerasHub is not installed.
        BytesRefusedError: If a value is missing or invalid, or the weights are pickled.
        EntryError: If a file is missing, or a download fails.
    """
    require_keras_hub(repository)
    given = repository.config.table("pretrained_cfg")
    channels, height, width = given.integers("input_size", most=_MOST_SIDE, count=3)
    if channels != 3:  # noqa: PLR2004 - colours
        raise BytesRefusedError(f"{repository.handle} does not take colour images", "use a network with 3 channels")
    return Entry(
        id=repository.handle,
        plugin="tlzoo",
        summary=f"ResNet from {repository.handle}",
        modality="vision",
        loader="kerashub",
        files={"config": repository.file("config.json"), "weights": repository.weights()},
        input=ImageInput(
            "image",
            (height, width),
            smallest=(min(_SMALLEST, height), min(_SMALLEST, width)),
            **_normalization(given, "mean", "std"),
        ),
        features=Features("map", pooling="average"),
        licence="NOASSERTION",
        options={"class": "ResNetBackbone"},
    )


def require_patches(what: str, side: int, patch: int) -> None:
    """Refuse an image of no patches, or of more per side than a network for images has."""
    if not 1 <= side // patch <= _MOST_PATCHES:
        raise BytesRefusedError(
            f"{what} has {side // patch:,} patches per side of an image, not 1 to {_MOST_PATCHES}",
            "use a repository whose files belong together",
        )


def _parameters(config: HubConfig, name: str) -> int:
    """Return the number of parameters in the dense layers of all blocks, a lower bound for the network."""
    if name == "SwinTransformerBackbone":
        size, depths = config.integer("embed_dim", most=_MOST_SIZE), config.integers("depths", most=_MOST_BLOCKS)
        return sum(12 * depth * (size * 2**stage) ** 2 for stage, depth in enumerate(depths))
    size, blocks = (
        config.integer("hidden_size", most=_MOST_SIZE),
        config.integer("num_hidden_layers", most=_MOST_BLOCKS),
    )
    if name == "DINOV2Backbone":
        ratio = config.number("mlp_ratio")
        return blocks * size * int(4 * size + max(ratio, 0.0) * size)
    return blocks * (4 * size**2 + 2 * size * config.integer("intermediate_size", most=_MOST_SIZE))


def _side(preprocessor: HubConfig, default: int) -> int:
    """Return the side of the square images of a preprocessor."""
    cropped = preprocessor.flag("do_center_crop", default=False) and "crop_size" in preprocessor.values
    name = "crop_size" if cropped else "size"
    given = preprocessor.values.get(name)
    if given is None:
        return default
    if not isinstance(given, dict):
        return preprocessor.integer(name, most=_MOST_SIDE)
    sizes = preprocessor.table(name)
    found = [sizes.integer(each, most=_MOST_SIDE) for each in ("height", "width", "shortest_edge") if each in given]
    if not found:
        raise BytesRefusedError(f"{sizes.what} has no height, width or shortest_edge", "use another repository")
    return min(found)


def _input(preprocessor: HubConfig, side: int, smallest: int | None) -> ImageInput:
    """Return the input contract: the size and the normalization of the preprocessor."""
    rescaled = preprocessor.flag("do_rescale", default=True)
    factor = preprocessor.number("rescale_factor", _RESCALED)
    if rescaled and abs(factor - _RESCALED) > _RESCALED / 100:
        raise BytesRefusedError(
            f"{preprocessor.what}: rescale_factor is {factor}, not 1/255", "use a repository with images from 0 to 1"
        )
    normalized = preprocessor.flag("do_normalize", default=True)
    normalization = _normalization(preprocessor, "image_mean", "image_std") if normalized else {}
    return ImageInput(
        "image",
        (side, side),
        smallest=None if smallest is None else (smallest, smallest),
        range=(0.0, 1.0) if rescaled else (0.0, 255.0),
        **normalization,
    )


def _normalization(given: HubConfig, mean: str, std: str) -> dict[str, Any]:
    """Return mean and standard deviation of an input contract, under these names in a file."""
    means, deviations = given.numbers(mean, count=3), given.numbers(std, count=3)
    if min(deviations) <= 0:
        raise BytesRefusedError(f"{given.what}: {std} must be positive", "use another repository")
    return {"mean": means, "std": deviations}


def require_keras_hub(repository: HubRepository) -> None:
    """Raise PluginError if KerasHub is not installed."""
    from importlib.util import find_spec

    if find_spec("keras_hub") is None:
        raise PluginError(f"{repository.handle} needs KerasHub", "pip install 'tlzoo-vision[kerashub]'")
