"""A network from scratch learns from the labelled pictures alone; its learning rate is chosen on the proxy."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

PLUGIN = Path(__file__).parents[2]


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PLUGIN))
    return importlib.import_module("pretrain.imagenet.scratch")


@pytest.mark.slow
def test_colours_are_learned_and_a_training_starts_again_from_the_same_weights(
    scratch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "STEPS", 40)
    network = scratch.Scratch("small network, from scratch")
    results = [network.result(coloured(), 5, 0, 0.01) for _ in range(2)]
    assert results[0] == results[1] > 0.9


def test_the_best_learning_rate_on_the_proxy_is_chosen_and_known_ones_are_not_tried_again(
    scratch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch.Scratch, "result", lambda _self, _pictures, _shots, _draw, rate: 1 - abs(rate - 0.01))
    network, known, kept = object.__new__(scratch.Scratch), {"0.003": 0.5}, []
    assert network.best_rate(coloured(), known, lambda: kept.append(len(known))) == 0.01
    assert kept == [2, 3]


def test_the_draws_of_a_cell_come_in_order_and_those_of_the_larger_network_last(scratch: ModuleType) -> None:
    from pretrain.imagenet.evaluate import DRAWS, SCRATCH_SETS, SHOTS, scratch_cells

    cells = scratch_cells()
    assert len(cells) == len(set(cells)) == DRAWS * len(SHOTS) * len(SCRATCH_SETS) * len(scratch.ARCHITECTURES)
    for cell in {each[1:] for each in cells}:
        assert [draw for draw, *rest in cells if tuple(rest) == cell] == list(range(DRAWS))
    assert cells[-1] == (DRAWS - 1, 50, "emoji", "EfficientNet-Lite0's network, from scratch")


def coloured() -> Any:
    """Red and blue squares on white, 20 of each."""
    from pretrain.imagenet.picture_files import Pictures

    random = np.random.default_rng(0)
    images = np.full((40, 72, 72, 3), 255, np.uint8)
    for number, (down, across) in enumerate(random.integers(8, 32, (40, 2))):
        images[number, down : down + 32, across : across + 32] = ((220, 30, 30), (30, 30, 220))[number % 2]
    return Pictures(images, np.arange(40) % 2, ("red", "blue"))
