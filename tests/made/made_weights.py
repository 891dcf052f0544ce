"""Weights that two ways of training must have in common."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["with_effect"]


def with_effect(paths: Iterable[str]) -> set[str]:
    """Return the paths of variables, without biases of convolutions and moving means.

    Before a normalization, a bias has no effect, and its gradient is rounding, which differs by processor and which
    Adam enlarges. The mean of the normalization contains it.
    """
    return {
        path for path in paths if not ("conv" in path and path.endswith("bias")) and not path.endswith("moving_mean")
    }
