"""Semantic segmentation: a class for each pixel. Task, heads, data adapter, metrics and pictures."""
