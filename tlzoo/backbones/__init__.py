"""Backbones: the contract of a loaded entry, its stages and its preprocessing."""

from typing import TYPE_CHECKING, Any

from tlzoo.backbones.arrays import read_weights, state_of, write_weights
from tlzoo.backbones.build_context import precision, seeded
from tlzoo.backbones.contract import Backbone, Loader, LoadRequest, Preprocessing, Stage
from tlzoo.backbones.features import FeatureMap, Features, Pooling, Sequence, Vector, pool, pooled_size
from tlzoo.backbones.hub.resolver import install_hub_resolver
from tlzoo.backbones.images import PrepareImage, contract_preprocessing, image_preprocessing
from tlzoo.backbones.loading import files_for, find_loader, load_backbone, load_digest
from tlzoo.backbones.low_rank import with_adapters
from tlzoo.backbones.published import load_published
from tlzoo.backbones.source_head import read_source_head, write_source_head
from tlzoo.backbones.stages import stages_by_layers, stages_by_variables

if TYPE_CHECKING:
    from tlzoo.backbones.hub.layer import HubLayer

__all__ = [
    "Backbone",
    "FeatureMap",
    "Features",
    "HubLayer",
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
    "load_published",
    "pool",
    "pooled_size",
    "precision",
    "read_source_head",
    "read_weights",
    "seeded",
    "stages_by_layers",
    "stages_by_variables",
    "state_of",
    "with_adapters",
    "write_source_head",
    "write_weights",
]


def __getattr__(name: str) -> Any:
    """Load ``HubLayer``, which is a Keras layer and so imports Keras, when it is first used."""
    if name != "HubLayer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tlzoo.backbones.hub.layer import HubLayer

    return HubLayer
