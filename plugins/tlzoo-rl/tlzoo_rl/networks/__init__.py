"""Trunks from observations to features: one module per architecture, and their loaders."""

from .loading import load_grid_cnn, load_mlp, load_nature_cnn, load_nature_cnn_rgb

__all__ = ["load_grid_cnn", "load_mlp", "load_nature_cnn", "load_nature_cnn_rgb"]
