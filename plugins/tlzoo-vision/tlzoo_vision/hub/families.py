"""Families of networks, with the names of their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FAMILIES", "Blocks", "Levels"]


@dataclass(frozen=True, slots=True)
class Levels:
    """A network with its levels in the graph: ``level`` is the prefix of its layers, with a placeholder for the number.

    ``stem`` are the prefixes of layers below the first level; empty if there are none.
    """

    level: str
    stem: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """A network with its blocks in one layer, ``encoder``, above another, ``embeddings``.

    ``blocks`` is the encoder's attribute with the list of blocks. ``norm`` is a layer after the encoder; None: the
    encoder's own ``layer_norm``. ``smallest`` is the smallest side of an image in patches; None: only one size.
    """

    embeddings: str
    encoder: str
    blocks: str = "encoder_layers"
    norm: str | None = None
    smallest: int | None = None


FAMILIES: Mapping[str, Levels | Blocks] = {
    "CSPNetBackbone": Levels("stage_{}_", stem=("csp_stem",)),
    "DINOV2Backbone": Blocks("embeddings", "encoder", "layers", "layernorm", smallest=2),
    "DINOV3Backbone": Blocks("embeddings", "encoder", "layers", "layernorm", smallest=2),
    "DeiTBackbone": Blocks("deit_patching_and_embedding", "deit_encoder"),
    "MiTBackbone": Levels("output_level_{}"),
    "ResNetBackbone": Levels("stack{}_", stem=("conv", "pool1")),
    "SwinTransformerBackbone": Levels("stage_{}", stem=("patch_embedding", "pos_drop")),
    "ViTBackbone": Blocks("vit_patching_and_embedding", "vit_encoder"),
}
"""Families by class name in ``keras_hub.models``.

Wang et al. 2020 (arXiv 1911.11929), Oquab et al. 2023 (2304.07193), Siméoni et al. 2025 (2508.10104), Touvron et al.
2021 (2012.12877), Xie et al. 2021 (2105.15203), He et al. 2019 (1812.01187), Liu et al. 2021 (2103.14030), Dosovitskiy
et al. 2021 (2010.11929).
"""
