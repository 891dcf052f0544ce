"""How far two sets of pictures look from each other."""

import numpy as np
import pytest

from tlzoo.data import arrays, digits, distance, picture_statistics, statistics_of


def plain(shade: tuple[int, int, int], count: int = 4) -> np.ndarray:
    return np.broadcast_to(np.array(shade, np.float32), (count, 32, 32, 3))


def test_the_four_properties_of_plain_pictures() -> None:
    found = statistics_of(np.concatenate([plain((255, 0, 0)), plain((0, 0, 0))]))
    assert found["brightness"] == [pytest.approx(1 / 6, abs=1e-4), pytest.approx(1 / 6, abs=1e-4)]
    assert found["saturation"] == [0.5, 0.5]
    assert found["contrast"] == found["detail"] == [0, 0]


def test_contrast_and_detail_of_a_checkerboard() -> None:
    board = np.indices((32, 32)).sum(0) % 2 * 255
    found = statistics_of(np.broadcast_to(board[None, :, :, None], (2, 32, 32, 3)))
    assert found["contrast"] == [0.5, 0]
    assert found["detail"] == [1, 0]


def test_the_distance_is_in_units_of_spread() -> None:
    ours, theirs = {"a": [0.5, 0.1], "b": [0.2, 0.3]}, {"a": [0.7, 0.1], "b": [0.2, 0.1], "c": [1.0, 1.0]}
    assert distance(ours, theirs) == pytest.approx(1.0)  # two spreads in one, none in the other
    assert distance(ours, ours) == 0


@pytest.mark.parametrize("theirs", [{}, {"a": "unknown"}, {"z": [0.0, 1.0]}])
def test_data_without_common_features_has_no_distance(theirs: dict[str, object]) -> None:
    assert distance({"a": [0.5, 0.1]}, theirs) is None


def test_the_same_pictures_by_way_of_a_source(tmp_path) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (20, 32, 32, 3), np.uint8)
    np.savez(tmp_path / "set.npz", x=pixels, y=np.arange(20) % 2)
    samples = arrays(str(tmp_path / "set.npz"), {})
    assert picture_statistics(samples.examples, np.arange(20)) == statistics_of(pixels)


def test_handwriting_has_no_colour() -> None:
    samples = digits("", {})
    assert picture_statistics(samples.examples, np.arange(50))["saturation"] == [0, 0]
