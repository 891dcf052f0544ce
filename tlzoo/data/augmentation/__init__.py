"""Augmentation: samples changed at random while training, so that a network does not learn them by heart."""

from tlzoo.data.augmentation.augmenter import Augmenter, augmenter
from tlzoo.data.augmentation.draws import uniforms
from tlzoo.data.augmentation.mixing import Pairing
from tlzoo.data.augmentation.options import Augmentation, ImageAugmentation, TextAugmentation
from tlzoo.data.augmentation.policies import POLICIES, augmentation_of, suited
from tlzoo.data.augmentation.sheet import contact_sheet
from tlzoo.data.augmentation.suitability import Colouring, colouring

__all__ = [
    "POLICIES",
    "Augmentation",
    "Augmenter",
    "Colouring",
    "ImageAugmentation",
    "Pairing",
    "TextAugmentation",
    "augmentation_of",
    "augmenter",
    "colouring",
    "contact_sheet",
    "suited",
    "uniforms",
]
