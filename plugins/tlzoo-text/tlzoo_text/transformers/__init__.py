"""Transformers of KerasHub: their tokenizers, their stages, and their loader."""

from __future__ import annotations

from .loading import load_transformer

__all__ = ["load_transformer"]
