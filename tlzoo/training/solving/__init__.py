"""Solver for linear heads on cached features, without gradient steps."""
