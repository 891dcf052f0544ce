"""Tiles of large images: a tiled prediction equals that of the whole image away from seams, and seams are blended."""

from __future__ import annotations

import numpy as np
import pytest

from tlzoo.modalities import TileGrid

TILE = 32


def blurred(pixels: np.ndarray) -> np.ndarray:
    """Return the mean of 3 x 3 pixels, with zeros beyond the border: a network with a small receptive field."""
    wide = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    height, width = pixels.shape[:2]
    return sum(wide[row : row + height, column : column + width] for row in range(3) for column in range(3)) / 9


def pooled(pixels: np.ndarray) -> np.ndarray:
    """Return the mean of each 4 x 4 pixels: a network of stride 4."""
    height, width, channels = pixels.shape
    return pixels.reshape(height // 4, 4, width // 4, 4, channels).mean(axis=(1, 3))


def near_edges(starts: range, length: int) -> np.ndarray:
    """Return whether each row is next to an edge of a tile within the image, or to the image's end."""
    edges = {length - 1, *(start for start in starts if start), *(start + TILE - 1 for start in starts)}
    return np.isin(np.arange(length), list(edges))


def test_a_tiled_prediction_equals_the_whole_one_away_from_seams_and_hardly_differs_there() -> None:
    image = np.random.default_rng(0).uniform(size=(70, 100, 2)).astype(np.float32)
    grid = TileGrid.of_prediction(70, 100, TILE)
    tiled = grid.blended(blurred(grid.cut(image, top, left)) for top, left in grid.corners)
    whole = blurred(image)
    assert tiled.shape == whole.shape
    near = near_edges(range(0, 70, 24), 70)[:, np.newaxis] | near_edges(range(0, 100, 24), 100)
    assert near.mean() < 0.35
    np.testing.assert_allclose(tiled[~near], whole[~near], atol=1e-6)
    inner = (slice(0, 69), slice(0, 99))  # beyond the image, tiles repeat its last pixels
    assert np.abs(tiled - whole)[inner].max() < 0.07  # unblended: up to 0.33


def test_maps_in_a_lower_resolution_keep_their_places() -> None:
    image = np.random.default_rng(0).uniform(size=(72, 100, 1)).astype(np.float32)
    grid = TileGrid.of_prediction(72, 100, TILE)
    tiled = grid.blended(pooled(grid.cut(image, top, left)) for top, left in grid.corners)
    np.testing.assert_allclose(tiled, pooled(image), atol=1e-6)


def test_tiles_that_disagree_are_blended_linearly() -> None:
    grid = TileGrid.of_prediction(TILE, 56, TILE)
    blended = grid.blended(np.full((TILE, TILE, 1), number, np.float32) for number in range(2))
    row = blended[0, :, 0]
    assert (row[0], row[-1]) == (0, 1)
    steps = np.diff(row)
    assert steps.min() >= 0
    assert steps.max() == pytest.approx(1 / 8, abs=1e-6)


@pytest.mark.parametrize(("height", "width", "cells"), [(5, 9, 8), (33, 40, 7), (90, 31, 1)])
def test_images_and_maps_of_any_size_fit(height: int, width: int, cells: int) -> None:
    grid = TileGrid.of_prediction(height, width, TILE)
    assert all(top < height and left < width for top, left in grid.corners)
    blended = grid.blended(np.full((cells, cells, 2), 0.25, np.float32) for _ in grid.corners)
    np.testing.assert_allclose(blended, 0.25, atol=1e-6)
    assert blended.shape[0] >= height * cells // TILE


def test_tiles_repeat_the_last_pixels_beyond_the_image() -> None:
    pixels = np.arange(6).reshape(2, 3)
    cut = TileGrid(2, 3, 4, 0).cut(pixels, 0, 0)
    assert cut.tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]
