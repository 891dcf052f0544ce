"""Observations for predictions: arrays of one shape and dtype, or texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tlzoo.errors import DataError
from tlzoo_rl.raw_inputs import ObservationInputs

VECTORS = ObservationInputs("observations", (4,)).of_dtype("float32")
IMAGES = ObservationInputs("observations", (2, 2, 1)).of_dtype("uint8")
TEXTS = ObservationInputs("observations", ()).of_dtype("string")
STATES = ObservationInputs("observations", ()).of_dtype("int64")


@pytest.mark.parametrize("each", [[0, 1, 2, 3], np.arange(4), np.arange(4.0)])
def test_numbers_become_an_array_of_the_dtype(each: Any) -> None:
    read = VECTORS.read(each)
    assert VECTORS.is_input(each)
    assert (read.dtype, read.tolist()) == (np.float32, [0, 1, 2, 3])


def test_images_states_and_texts() -> None:
    assert IMAGES.read([[[0], [255]], [[1], [2]]]).dtype == np.uint8
    assert STATES.read(3) == 3
    assert TEXTS.read("go north") == b"go north"
    assert (TEXTS.is_input(["a"]), VECTORS.is_input("a"), STATES.is_input(True)) == (False, False, False)
    assert VECTORS.is_one([1, 2, 3, 4])
    assert not VECTORS.is_one([[1, 2, 3, 4]])


@pytest.mark.parametrize(
    ("raw", "each"),
    [
        (VECTORS, [1, 2]),
        (VECTORS, [[1, 2, 3, 4]]),
        (VECTORS, [1, 2, 3, float("nan")]),
        (VECTORS, [1, 2, 3, 1e300]),
        (VECTORS, ["a", "b", "c", "d"]),
        (VECTORS, [1, [2], 3, 4]),
        (IMAGES, [[[0], [256]], [[1], [2]]]),
        (IMAGES, [[[0], [-1]], [[1], [2]]]),
        (STATES, 0.5),
    ],
)
def test_other_values_are_refused(raw: ObservationInputs, each: Any) -> None:
    with pytest.raises(DataError, match="the observation "):
        raw.read(each)


@pytest.mark.parametrize("raw", [VECTORS, IMAGES, TEXTS, STATES])
def test_a_blank_has_the_form_of_an_observation(raw: ObservationInputs) -> None:
    assert np.shape(raw.blank()) == raw.shape
