"""The demo on photographs: valid recipes, and a short run with its table."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tlzoo.cli import main
from tlzoo.data import split
from tlzoo.progress import Silent
from tlzoo.runs import open_source, read_recipe
from tlzoo.zoo import demo


@pytest.mark.parametrize("example", [demo._DIGITS, demo._PHOTOS], ids=["digits", "photos"])
def test_recipes_are_valid_and_only_the_first_transfer_is_exported(example: demo._Example) -> None:
    recipes = [
        read_recipe(None, demo._recipe(example, strategy, seed))
        for strategy in (example.strategy, "from-scratch")
        for seed in (0, 1)
    ]
    assert {each.backbone for each in recipes} == {example.backbone}
    assert [each.export for each in recipes][1:] == [()] * 3
    assert recipes[0].export


def test_draws_differ_but_the_test_set_is_the_same() -> None:
    first, second = (split(open_source("materials:", Silent()), seed=seed, per_class=10) for seed in (0, 1))
    assert list(first.test) == list(second.test)
    assert set(first.train) != set(second.train)
    assert len(first.train) + len(first.validation) == 80


@pytest.mark.slow
def test_photos_are_learned_and_shown_in_a_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = replace(demo._PHOTOS, backbone="vision/glyphnet.glyphs", epochs=1, image_size=None, batch_size=None)
    monkeypatch.setattr(demo, "_PHOTOS", short)
    assert main(["demo", "--photos", "--seeds", "1", "--out", str(tmp_path), "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "Patches of photographs by material, 10 labelled per class, mean of 1 draws, 203 test images" in shown
    (result,) = tmp_path.glob("*-feature-extraction/result.json")
    assert json.loads(result.read_text())["test"]["accuracy"] > 0.3
    assert (result.parent / "report.html").is_file()
    assert (result.parent / "model.keras").is_file()
