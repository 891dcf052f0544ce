"""Number of multiply-adds of a TensorFlow operation, computed from shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

__all__ = ["CALLS", "multiply_adds"]

CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
"""Operations that call a function."""


def multiply_adds(operation: tf.Operation) -> int | None:
    """Return the multiply-adds of a convolution or matrix product, and 0 for other operations.

    None if they cannot be determined: for a loop, a function call, or an unknown dimension.
    """
    if operation.type in _LOOPS | CALLS:
        return None
    count = _COUNTS.get(operation.type)
    if count is None:
        return 0
    tensors = (*operation.inputs, *operation.outputs)
    return count(operation) if all(tensor.shape.is_fully_defined() for tensor in tensors) else None


def _convolution(operation: tf.Operation) -> int:
    """Filter (…, input channels per group, output channels): each output uses all of it except its last axis."""
    return _elements(operation.outputs[0]) * _product_of(operation.inputs[1].shape[:-1])


def _depthwise(operation: tf.Operation) -> int:
    """Filter (height, width, channels, multiplier): each output uses one channel."""
    return _elements(operation.outputs[0]) * _product_of(operation.inputs[1].shape[:2])


def _transposed(operation: tf.Operation) -> int:
    """Count from the inputs, which are the size, the filter (…, out, in) and the values: each uses the whole filter."""
    return _elements(operation.inputs[2]) * _product_of(operation.inputs[1].shape[:-1])


def _product(operation: tf.Operation) -> int:
    name = "transpose_a" if operation.type == "MatMul" else "adj_x"
    shared = operation.inputs[0].shape[-2 if operation.get_attr(name) else -1]
    return _elements(operation.outputs[0]) * int(shared)


def _einsum(operation: tf.Operation) -> int:
    """Each output sums over the axes that it lacks; an equation with one operand has no multiplications."""
    if len(operation.inputs) == 1:
        return 0
    equation = operation.get_attr("equation").decode()
    terms, _, result = equation.partition("->")
    sizes: dict[str, int] = {}
    for term, tensor in zip(terms.split(","), operation.inputs, strict=True):
        left, _, right = term.partition("...")
        shape = tensor.shape.as_list()
        sizes.update(zip(left, shape, strict=False))
        sizes.update(zip(reversed(right), reversed(shape), strict=False))
    return _elements(operation.outputs[0]) * math.prod(size for axis, size in sizes.items() if axis not in result)


def _elements(tensor: tf.Tensor) -> int:
    return _product_of(tensor.shape)


def _product_of(sizes: tf.TensorShape) -> int:
    return math.prod(int(size) for size in sizes)


_LOOPS = frozenset({"While", "StatelessWhile", "For", "Enter"})

_COUNTS: Mapping[str, Callable[[tf.Operation], int]] = {
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
    "MatMul": _product,
    "BatchMatMul": _product,
    "BatchMatMulV2": _product,
    "BatchMatMulV3": _product,
    "Einsum": _einsum,
}
