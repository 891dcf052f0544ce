"""How each family of networks names its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FAMILIES", "Blocks", "Levels"]


@dataclass(frozen=True, slots=True)
class Levels:
    """A network whose levels stand in its graph: layers of a level begin with ``level``, its number left open.

    ``stem`` are the beginnings of the names of what is below the first; empty where there is nothing.
    """

    level: str
    stem: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocks:
    """A network whose blocks stand in one layer, ``encoder``, above another, ``embeddings``."""

    embeddings: str
    encoder: str


FAMILIES: Mapping[str, Levels | Blocks] = {
    "CSPNetBackbone": Levels("stage_{}_", stem=("csp_stem",)),
    "DeiTBackbone": Blocks("deit_patching_and_embedding", "deit_encoder"),
    "MiTBackbone": Levels("output_level_{}"),
    "ResNetBackbone": Levels("stack{}_", stem=("conv", "pool1")),
    "SwinTransformerBackbone": Levels("stage_{}", stem=("patch_embedding", "pos_drop")),
    "ViTBackbone": Blocks("vit_patching_and_embedding", "vit_encoder"),
}
"""By the class of ``keras_hub.models``.

Wang et al. 2020 (arXiv 1911.11929), Touvron et al. 2021 (2012.12877), Xie et al. 2021 (2105.15203), He et al. 2019
(1812.01187), Liu et al. 2021 (2103.14030), Dosovitskiy et al. 2021 (2010.11929).
"""
