"""Images."""

from tlzoo.modalities.vision.modality import Vision

__all__ = ["Vision"]
