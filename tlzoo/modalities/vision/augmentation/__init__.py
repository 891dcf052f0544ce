"""Augmentation of images: options, geometry, colour, RandAugment, MixUp and CutMix, contact sheets."""
