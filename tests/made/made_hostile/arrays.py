"""NumPy archives: broken ones, and arrays of any type and shape under the names that are read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from made_hostile.contract import Kind
from made_hostile.mutations import mutated
from tlzoo.data import arrays, inspect


def _archive(*, compressed: bool, **content: object) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **content)
    return stream.getvalue()


_X = np.arange(6 * 3 * 3, dtype=np.uint8).reshape(6, 3, 3)
_SEEDS = tuple(
    _archive(compressed=compressed, x=_X, y=labels)
    for compressed in (False, True)
    for labels in ([0, 1, 0, 1, 0, 1], list("aabbab"), np.eye(3)[[0, 1, 2, 0, 1, 2]], np.linspace(0, 1, 6))
)
_numbers = st.sampled_from(
    [0, 1, 2, -1, 255, 256, 0.5, float("nan"), float("inf"), 2**63 - 1, "a", "", " ", b"\xff", True, 1e30]
)
_shapes = st.lists(st.integers(0, 4), max_size=4)


def feed_bytes(content: bytes, folder: Path) -> None:
    (folder / "a.npz").write_bytes(content)
    inspect(arrays(str(folder / "a.npz"), {}))


def feed_content(drawn: tuple[list[object], list[int], list[object], dict[str, str]], folder: Path) -> None:
    values, shape, labels, options = drawn
    size = int(np.prod(shape)) if shape else 1
    try:
        content = {"x": np.resize(np.array(values), size).reshape(shape), "y": np.array(labels)}
        np.savez(folder / "a.npz", **content)
    except (ValueError, UnicodeDecodeError, OverflowError):
        return  # no such array
    if any(each.dtype == object for each in content.values()):
        return
    inspect(arrays(str(folder / "a.npz"), options))


KINDS = (
    Kind("array-bytes", mutated(_SEEDS) | st.binary(max_size=200), feed_bytes),
    Kind(
        "array-content",
        st.tuples(
            st.lists(_numbers, min_size=1, max_size=6) | st.lists(st.integers(0, 255), min_size=1, max_size=6),
            _shapes | st.tuples(st.integers(2, 4), st.just(3), st.just(2)).map(list),
            st.lists(_numbers, max_size=4)
            | st.lists(st.lists(st.sampled_from([0, 1, 0.5]), min_size=2, max_size=2), max_size=4),
            st.dictionaries(
                st.sampled_from(["task", "images", "labels"]), st.sampled_from(["regression", "x", "y", "multi-label"])
            ),
        ),
        feed_content,
    ),
)
