"""Augmentation: random changes of training samples against overfitting."""

from tlzoo.modalities.augmentation.augmenter import Augmenter, MovesBoxes, MovesMaps
from tlzoo.modalities.augmentation.draws import uniforms
from tlzoo.modalities.augmentation.keras_layers import layer_configs
from tlzoo.modalities.augmentation.options import Augmentation, Fraction
from tlzoo.modalities.augmentation.pairing import Pairing
from tlzoo.modalities.augmentation.policies import POLICIES, augmentation_of, augmenter, suited

__all__ = [
    "POLICIES",
    "Augmentation",
    "Augmenter",
    "Fraction",
    "MovesBoxes",
    "MovesMaps",
    "Pairing",
    "augmentation_of",
    "augmenter",
    "layer_configs",
    "suited",
    "uniforms",
]
