"""Search for random operations in the functions of a ``tf.data.Dataset``."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["random_operation"]

_RANDOM = re.compile(r"(?!.*Dataset)(Random|TruncatedNormal|ParameterizedTruncatedNormal|Multinomial|SampleDistorted)")
_STORES = ("CacheDataset", "SnapshotDataset")


def random_operation(dataset: Any) -> str | None:
    """Return the first operation, such as ``RandomUniform``, that draws random numbers in ``map`` or ``filter``.

    Two readings do not reveal such an operation if its seed is fixed (``tf.random.set_seed``,
    ``keras.utils.set_random_seed``): each reading draws the same numbers.

    Args:
        dataset: A data set of TensorFlow. Operations before ``cache()`` and ``snapshot()`` are not searched, because
            their results are stored.

    Returns:
        The name of the operation. None if there is none.
    """
    if type(dataset).__name__.lstrip("_").startswith(_STORES):
        return None
    for each in dataset._functions():  # noqa: SLF001 - the public way serializes all samples, too
        graph = each.function.graph.as_graph_def()
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        for node in nodes:
            if _RANDOM.match(node.op):
                return str(node.op)
    return next(filter(None, map(random_operation, dataset._inputs())), None)  # noqa: SLF001 - as above
