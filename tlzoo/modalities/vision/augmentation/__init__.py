"""Augmentation of images: options, geometry, colour, RandAugment, MixUp, CutMix and contact sheets."""
