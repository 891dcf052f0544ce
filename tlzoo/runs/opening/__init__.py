"""Resolve a recipe to data, head, strategy and backbone."""
