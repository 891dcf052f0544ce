"""The network from scratch learns from the labelled pictures alone, and how it is trained is chosen one by one."""

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
    return importlib.import_module("pretrain.colour.scratch")


@pytest.mark.slow
@pytest.mark.parametrize(("changes", "draws"), [("few", 1), ("many", 2)])
def test_colours_are_learned_and_a_draw_can_be_made_again(scratch: ModuleType, changes: str, draws: int) -> None:
    settings = scratch.Settings(steps=40, side=32, changes=changes)
    results = {scratch.result(coloured(), 5, 0, settings) for _ in range(draws)}
    assert len(results) == 1
    assert min(results) > 0.9


def test_settings_are_chosen_one_after_the_other_each_tried_once(
    scratch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "result", lambda _pictures, _shots, _seed, settings: liking(settings))
    known: dict[Any, float] = {}
    kept = []
    best = scratch.chosen(coloured(), known, lambda: kept.append(len(known)))
    assert best == scratch.Settings(rate=1e-3, steps=600, changes="many", side=64)
    assert kept == list(range(1, len(known) + 1))
    assert scratch.chosen(coloured(), known, kept.clear) == best
    assert kept


def liking(settings: Any) -> float:
    return (settings.rate == 1e-3) + settings.steps / 1000 + (settings.changes == "many") + (settings.side == 64)


def coloured() -> Any:
    """Red and blue squares on white, 20 of each."""
    from pretrain.colour.pictures import Pictures

    random = np.random.default_rng(0)
    images = np.full((40, 72, 72, 3), 255, np.uint8)
    for number, (down, across) in enumerate(random.integers(8, 32, (40, 2))):
        images[number, down : down + 32, across : across + 32] = ((220, 30, 30), (30, 30, 220))[number % 2]
    return Pictures(images, np.arange(40) % 2, ("red", "blue"))
