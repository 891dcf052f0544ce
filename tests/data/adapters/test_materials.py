"""``materials:``: patches of photographs, whose training and test regions do not overlap."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tlzoo.data import Samples
from tlzoo.data.adapters.materials import MOST, REGIONS, SIDE, Box, materials
from tlzoo.errors import UsageError


@pytest.fixture(scope="module")
def samples() -> Samples:
    return materials("", {})


def overlap(one: Box, other: Box) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def test_the_regions_of_a_photograph_do_not_overlap() -> None:
    assert not [name for name, (_, train, test) in REGIONS.items() if overlap(train, test)]
    assert len({photograph for photograph, *_ in REGIONS.values()}) == len(REGIONS)


def test_every_patch_is_in_one_split_and_occurs_once(samples: Samples) -> None:
    positions = np.concatenate(list(samples.given.values()))
    assert sorted(positions) == list(range(len(samples.examples)))
    assert len(np.unique(samples.digests, axis=0)) == len(samples.examples)
    assert {tuple(shape) for shape in samples.examples.shapes} == {(SIDE, SIDE, 3)}


def test_each_material_has_enough_patches_for_ten_labels_and_a_test(samples: Samples) -> None:
    assert samples.task.class_names == tuple(REGIONS)
    for split in ("train", "test"):
        counts = np.bincount(samples.labels[samples.given[split]], minlength=len(REGIONS))
        assert counts.min() >= 12
        assert counts.max() == MOST


def test_patches_are_cut_from_the_photographs(samples: Samples) -> None:
    from skimage import data

    first = next(iter(samples.examples.stream(samples.given["train"][:1]))).numpy()
    np.testing.assert_array_equal(first, np.repeat(data.brick()[:SIDE, :SIDE, None], 3, axis=2))


def test_without_scikit_image_the_error_has_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(UsageError, match=r"'materials:' needs scikit-image; install tlzoo\[photos\]"):
        materials("", {})


def test_a_location_is_refused() -> None:
    with pytest.raises(UsageError, match="'materials:' takes no location; got 'brick'"):
        materials("brick", {})
