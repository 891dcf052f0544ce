"""The networks of `keras.applications`: how each is built, filled from a published file, and cut into stages.

One module a family: its paper, and for each constructor the stages with the layer that ends each.
"""

from __future__ import annotations

from .loading import load_application

__all__ = ["load_application"]
