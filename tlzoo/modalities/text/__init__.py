"""Texts, single or in pairs."""

from tlzoo.modalities.text.modality import Text

__all__ = ["Text"]
