"""Backbones: the contract of a loaded entry, its stages and its preprocessing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tlzoo.backbones.arrays import read_weights, state_of, write_weights
from tlzoo.backbones.build_context import precision, seeded
from tlzoo.backbones.contract import Backbone, Loader, LoadRequest, Preprocessing, Stage
from tlzoo.backbones.features import FeatureMap, Features, Pooling, Sequence, Vector, pool, pooled_size
from tlzoo.backbones.hub.resolver import install_hub_resolver
from tlzoo.backbones.identity import load_identity
from tlzoo.backbones.images import PrepareImage, contract_preprocessing, image_preprocessing
from tlzoo.backbones.instructions import Instructions
from tlzoo.backbones.loading import files_for, find_loader, load_backbone, load_digest
from tlzoo.backbones.low_rank import with_adapters
from tlzoo.backbones.network_memory import require_memory
from tlzoo.backbones.published import load_published
from tlzoo.backbones.source_head import read_source_head, write_source_head
from tlzoo.backbones.stages import stages_by_layers, stages_by_variables

if TYPE_CHECKING:
    from tlzoo.backbones.hub.layer import HubLayer
    from tlzoo.backbones.keras_layer import BackboneLayer

__all__ = [
    "Backbone",
    "BackboneLayer",
    "FeatureMap",
    "Features",
    "HubLayer",
    "Instructions",
    "LoadRequest",
    "Loader",
    "Pooling",
    "PrepareImage",
    "Preprocessing",
    "Sequence",
    "Stage",
    "Vector",
    "contract_preprocessing",
    "files_for",
    "find_loader",
    "image_preprocessing",
    "install_hub_resolver",
    "load_backbone",
    "load_digest",
    "load_identity",
    "load_published",
    "pool",
    "pooled_size",
    "precision",
    "read_source_head",
    "read_weights",
    "require_memory",
    "seeded",
    "stages_by_layers",
    "stages_by_variables",
    "state_of",
    "with_adapters",
    "write_source_head",
    "write_weights",
]


_LAYERS = {"BackboneLayer": "keras_layer", "HubLayer": "hub.layer"}


def __getattr__(name: str) -> Any:
    """Import a Keras layer, and thus Keras, on first use."""
    if name not in _LAYERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAYERS[name]}"), name)
