"""Trunks: from observations to features. One architecture a module, and how entries load them."""

from .loading import load_grid_cnn, load_mlp, load_nature_cnn
from .source_policy import write_source_policy

__all__ = ["load_grid_cnn", "load_mlp", "load_nature_cnn", "write_source_policy"]
