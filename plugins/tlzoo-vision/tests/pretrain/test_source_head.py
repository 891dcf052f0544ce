"""The kept head of the source's classes: small, in the order of the classes, and what the scores LEEP and NCE ask."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import tlzoo
from tlzoo.backbones import Backbone, LoadRequest, load_backbone, read_source_head

PLUGIN = Path(__file__).parents[2]
HEAD = PLUGIN / "tlzoo_vision" / "weights" / "glyphnet.glyphs.head.npz"
LETTERS = "ABDEFGHKLMNPQRSTUVWXYZabdefghkmnqrtuy"


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone("vision/glyphnet.glyphs")


def code_points() -> list[int]:
    lines = (PLUGIN / "pretrain" / "glyphs" / "classes.txt").read_text().splitlines()
    return [int(line.split()[0].removeprefix("U+"), 16) for line in lines if not line.startswith("#")]


def drawn(letter: str) -> np.ndarray:
    """Draw a letter in the font that Pillow brings, uint8 (40, 40, 1), bright on dark."""
    picture = Image.new("L", (40, 40))
    ImageDraw.Draw(picture).text((20, 20), letter, fill=255, font=ImageFont.load_default(size=34), anchor="mm")
    return np.asarray(picture)[..., None]


def test_it_is_small() -> None:
    assert HEAD.stat().st_size < 1_000_000


def test_it_names_letters_of_a_font_that_it_never_saw(backbone: Backbone) -> None:
    samples = np.stack([backbone.preprocessing.prepare(drawn(letter)) for letter in LETTERS])
    maps = backbone.model(backbone.preprocessing.normalize(samples), training=False).numpy()
    assert backbone.source_head is not None
    likely = np.argsort(-np.asarray(backbone.source_head(maps.mean(axis=(1, 2)), training=False)))[:, :3]
    codes = code_points()
    right = [ord(letter) in {codes[each] for each in row} for letter, row in zip(LETTERS, likely, strict=True)]
    assert sum(right) > 0.8 * len(LETTERS)


def test_random_weights_have_no_source_head() -> None:
    assert load_backbone("vision/glyphnet.glyphs", LoadRequest(weights="random")).source_head is None


@pytest.mark.slow
def test_scores_of_the_source_s_predictions_judge_it() -> None:
    found = tlzoo.rank("digits:", backbones=["glyphnet"], scores=["knn", "leep", "nce"], sample=300)
    scores = {each.id: each.scores for each in found.entries}
    assert scores["vision/glyphnet.glyphs"].keys() == {"knn", "leep", "nce"}
    nothing_known = -math.log(10)
    assert nothing_known / 2 < scores["vision/glyphnet.glyphs"]["leep"] < 0
    assert nothing_known / 2 < scores["vision/glyphnet.glyphs"]["nce"] < 0


@pytest.mark.slow
def test_it_is_as_good_as_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fontTools")
    monkeypatch.syspath_prepend(str(PLUGIN))
    from pretrain.glyphs import bank, source_head
    from tlzoo_vision.glyphnet import glyphnet

    if not bank.DEFAULT.exists():
        pytest.skip("no drawings of the source here: `python -m pretrain.glyphs.bank` makes them")
    first, *entries = [json.loads(line) for line in source_head.LOG.read_text().splitlines()]
    glyphs = bank.load()
    if glyphs.digest != first["bank"]:
        pytest.skip(f"other font files than the log's: bank {glyphs.digest} instead of {first['bank']}")
    settings, model = source_head.Settings(**first["settings"]), glyphnet()
    model.load_weights(source_head.WEIGHTS)
    seen = source_head.training_features(model, glyphs, settings, settings.batch_size // settings.pictures)
    logged = next(entry["first_loss"] for entry in entries if "first_loss" in entry)
    assert source_head.measure(read_source_head(HEAD), seen)["loss"] == pytest.approx(logged, abs=0.01)
