"""Registration of this plugin's components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from tlzoo.artifacts import Importer
    from tlzoo.backbones import Loader
    from tlzoo.data import DataAdapter
    from tlzoo.heads import Head
    from tlzoo.tasks import Task


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Return the loaders of the packaged networks, and of those of Keras Applications and KerasHub."""
    from .loaders import (
        load_application,
        load_efficientnet_lite,
        load_glyphnet,
        load_hub_network,
    )

    return {
        "applications": load_application,
        "efficientnet-lite": load_efficientnet_lite,
        "glyphnet": load_glyphnet,
        "kerashub": load_hub_network,
    }


@hookimpl
def tlzoo_importers() -> Mapping[str, Importer]:
    """Return the importers of KerasHub's presets, and of the networks of transformers and timm that it converts."""
    from .hub.importing import IMPORTED, RESNETS, import_network, import_resnet
    from .hub.preset_importing import PRESETS, import_preset

    converted = dict.fromkeys(IMPORTED, import_network) | dict.fromkeys(RESNETS, import_resnet)
    return converted | dict.fromkeys(PRESETS, import_preset)


@hookimpl
def tlzoo_tasks() -> Mapping[str, type[Task]]:
    """Return semantic segmentation and object detection."""
    from .detection.task import Detection
    from .segmentation.task import Segmentation

    return {Segmentation.kind: Segmentation, Detection.kind: Detection}


@hookimpl
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Return the heads whose outputs are maps or boxes."""
    from .detection.heads import PyramidBoxes
    from .segmentation.heads import LinearMap, PyramidMap

    return {head.name: head for head in (PyramidMap, LinearMap, PyramidBoxes)}


@hookimpl
def tlzoo_data_adapters() -> Mapping[str, DataAdapter]:
    """Return the adapters of images with masks or boxes."""
    from .detection.adapter import boxes
    from .segmentation.adapter import masks

    return {"boxes": boxes, "masks": masks}


@hookimpl
def tlzoo_layers() -> Mapping[str, str]:
    """Return the layers of heads for maps and boxes, and the layers of saved models with networks of KerasHub."""
    from importlib.util import find_spec

    own = {"tlzoo_vision>ResizeLike": "tlzoo_vision.resizing:ResizeLike"}
    own |= {
        f"tlzoo_vision>{name}": f"tlzoo_vision.detection.layers:{name}" for name in ("BoxCandidates", "BoxSuppression")
    }
    if find_spec("keras_hub") is None:
        return own
    dino = ("PositionedPatches", "RotaryBlock", "UnmaskedPatches")
    patches = ("Block", "DistilledBlock", "DistilledPatches", "Patches")
    pyramids = ("HierarchicalBlock", "NormalizedPatches", "OverlappingPatches", "WindowedStage")
    modules = {"dino": dino, "patches": patches, "pyramids": pyramids}
    return own | {
        f"tlzoo_vision>{name}": f"tlzoo_vision.hub.{module}:{name}" for module in modules for name in modules[module]
    }
