"""Depth: the distance of each pixel, a regression whose labels and outputs are maps."""
