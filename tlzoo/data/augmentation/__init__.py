"""Augmentation: samples changed at random while training, so that a network does not learn them by heart."""

from tlzoo.data.augmentation.augmenter import Augmenter, augmenter
from tlzoo.data.augmentation.mixing import Pairing
from tlzoo.data.augmentation.options import Augmentation, ImageAugmentation, TextAugmentation
from tlzoo.data.augmentation.policies import POLICIES, augmentation_of

__all__ = [
    "POLICIES",
    "Augmentation",
    "Augmenter",
    "ImageAugmentation",
    "Pairing",
    "TextAugmentation",
    "augmentation_of",
    "augmenter",
]
