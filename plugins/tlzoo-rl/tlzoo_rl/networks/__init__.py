"""Trunks: from observations to features. One architecture a module, and how entries load them."""

from .loading import load_grid_cnn, load_mlp, load_nature_cnn

__all__ = ["load_grid_cnn", "load_mlp", "load_nature_cnn"]
