"""`tlzoo train --augment`, and `tlzoo data preview`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Tlzoo = Callable[..., Any]
TRAIN = ("train", "--data", "digits:", "--backbone", "glyphnet", "--per-class", "5", "--epochs", "4")


def explained(tlzoo: Tlzoo, *words: str) -> Any:
    done = tlzoo(*TRAIN, "--strategy", "feature-extraction", "--explain", "--json", *words)
    assert done.code == 0, done.err
    return json.loads(done.out), done.err


@pytest.mark.slow
def test_explain_shows_the_augmentation_and_its_engine(tlzoo: Tlzoo) -> None:
    plan, said = explained(tlzoo, "--augment", "standard", "-A", "rotate=5")
    assert "images are grey: augmentation leaves out flip, saturation, hue" in said
    assert plan["augment"] | {"flip": False, "rotate": 5, "crop": 0.2} == plan["augment"]
    assert (plan["phases"][0]["mode"], plan["phases"][0]["views"]) == ("live", 0)
    plan, _ = explained(tlzoo, "-A", "crop=true", "-A", "views=3")
    assert (plan["phases"][0]["mode"], plan["phases"][0]["views"]) == ("cached views", 3)


def test_there_is_no_augmentation_by_default(tlzoo: Tlzoo) -> None:
    plan, _ = explained(tlzoo)
    assert plan["augment"] == {"name": "none"}
    assert plan["phases"][0]["mode"] == "cached features"


@pytest.mark.slow
def test_a_run_can_be_repeated_from_its_own_recipe(tlzoo: Tlzoo, tmp_path: Path) -> None:
    words = ("--augment", "strong", "-A", "flip=true", "--export", "none", "--out", tmp_path / "a", "--json")
    done = tlzoo(*TRAIN, "--strategy", "feature-extraction", *words)
    assert done.code == 0, done.err
    recipe = Path(json.loads(done.out)["run"]) / "recipe.toml"
    augment = tomllib.loads(recipe.read_text())["augment"]
    assert augment | {"name": "strong", "flip": True, "rotate": 0, "mixup": 0.2, "cutmix": 1} == augment
    again = tlzoo("train", recipe, "--out", tmp_path / "b", "--json")
    assert "images are grey" not in again.err
    one, other = json.loads(done.out), json.loads(again.out)
    assert (one["validation"], one["test"]) == (other["validation"], other["test"])
    assert {phase["mode"] for phase in one["phases"]} == {"live"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--augment", "standart"), "unknown augmentation 'standart'; did you mean 'standard'?"),
        (("--augment", "light", "-A", "rotat=3"), "augmentation 'light' of vision has no option 'rotat'"),
        (("-A", "rotate"), "options must be KEY=VALUE; got 'rotate'"),
        (("-A", "mixup=0.2", "-A", "views=2"), "mixup pairs samples at every step, which views cannot cache"),
    ],
)
def test_an_unknown_augmentation_is_refused_before_files_are_written(
    tlzoo: Tlzoo, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = tlzoo(*TRAIN, *words, "--out", tmp_path / "runs")
    assert done.code == 2
    assert said in done.last
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_the_contact_sheet_shows_samples_next_to_their_versions(tlzoo: Tlzoo, shapes: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    words = ("-A", "flip=true", "--samples", 3, "--versions", 5, "--image-size", 120, "--out", out, "--json")
    done = tlzoo("data", "preview", f"images:{shapes}", *words)
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["augment"] | {"name": "none", "flip": True, "crop": 0} == found["augment"]
    assert found["out"] == str(out)
    assert [Path(name).parent.name for name in found["samples"]] == ["circle", "cross", "square"]
    sheet = np.asarray(Image.open(out))
    assert sheet.shape == (3 * 124 + 4, 6 * 124 + 16, 3)
    rows = [sheet[4 + 124 * row : 124 * (row + 1)] for row in range(3)]
    flipped = 0
    for row, name in zip(rows, found["samples"], strict=True):
        original = row[:, 4:124]
        expected = np.asarray(Image.open(name).convert("RGB").resize((120, 120), Image.Resampling.BILINEAR))
        assert np.abs(original.astype(int) - expected).mean() < 2
        for version in range(5):
            tile = row[:, 140 + 124 * version : 260 + 124 * version]
            mirrored = bool((tile == original[:, ::-1]).all())
            assert mirrored or (tile == original).all()
            flipped += mirrored
    assert 0 < flipped < 15


def test_a_preview_for_a_backbone_shows_its_inputs(tlzoo: Tlzoo, tmp_path: Path) -> None:
    words = ("--backbone", "glyphnet", "--samples", 1, "--versions", 1, "--out", tmp_path / "sheet.png")
    done = tlzoo("data", "preview", "digits:", *words)
    assert done.code == 0, done.err
    assert "images are grey" in done.err
    assert np.asarray(Image.open(tmp_path / "sheet.png")).shape == (104, 216, 3)  # 32 pixels, each shown thrice


def test_a_preview_of_texts_prints_lines(tlzoo: Tlzoo, tmp_path: Path) -> None:
    rows = [f"the {size} parcel came {when},{when}" for when in ("late", "early") for size in range(12)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]))
    words = ("-A", "word_dropout=0.4", "--samples", 2, "--versions", 3)
    done = tlzoo("data", "preview", f"table:{tmp_path / 'reviews.csv'}?text=text&label=label", *words)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert len(lines) == 8
    for position in (0, 4):
        versions = [line.strip() for line in lines[position + 1 : position + 4]]
        assert all(set(version.split()) <= set(lines[position].split()) for version in versions)
        assert any(version != lines[position] for version in versions)


def test_a_preview_without_augmentation_is_reported(tlzoo: Tlzoo, tmp_path: Path) -> None:
    done = tlzoo("data", "preview", "digits:", "--augment", "none", "--out", tmp_path / "sheet.png")
    assert done.code == 2
    assert "augmentation 'none' changes nothing in digits:" in done.last
    assert not (tmp_path / "sheet.png").exists()
