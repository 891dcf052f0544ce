"""The networks of `keras.applications`: construction, loading of published weights, and stages.

One module per family: its paper, and for each constructor the stages with their last layers.
"""

from __future__ import annotations

from .loading import load_application

__all__ = ["load_application"]
