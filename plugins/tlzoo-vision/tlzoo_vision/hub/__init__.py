"""Vision networks of KerasHub that Keras Applications lacks: their stages, and their loader."""

from __future__ import annotations

from .loading import load_hub_network

__all__ = ["load_hub_network"]
