"""Preparation of raw inputs without TensorFlow, for exported files and their runtimes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

__all__ = ["NeedsTensorFlow", "PortablePreparation"]

PortablePreparation: TypeAlias = Callable[[Any], np.ndarray]
"""From one raw input, as ``RawInputs.read`` returns it, to one input of an exported file, without the batch axis.

It raises ``NeedsTensorFlow`` for an input that it cannot prepare like the serving graph.
"""


class NeedsTensorFlow(Exception):  # noqa: N818 - a reason, not a failure
    """A raw input cannot be prepared without TensorFlow with the same result; the message is the reason."""
