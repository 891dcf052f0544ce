"""Progressive resizing as a user has it: a run, what it leaves, what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import keras
import pytest

pytestmark = pytest.mark.slow

WORDS = ("--backbone", "glyphnet", "--strategy", "progressive-resizing", "--epochs", "6")


@pytest.fixture(scope="module")
def resized(tlzoo, shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    out = tmp_path_factory.mktemp("resized")
    words = (*WORDS, "-S", "sizes=[16,32]")
    done = tlzoo("train", "--data", f"images:{shapes}", *words, "--out", out, "--json", "--quiet")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_run_goes_through_the_sizes_and_keeps_the_refitted(resized) -> None:
    assert [(phase["image_size"], phase["kept"]) for phase in resized["phases"]] == [
        (16, False),
        (16, False),
        (32, False),
        (None, True),
    ]
    assert resized["phases"][0]["mode"] == "cached features"
    assert resized["validation"]["accuracy"] is not None


def test_its_model_is_of_the_size_of_use(tlzoo, resized, shapes: Path) -> None:
    model = keras.saving.load_model(Path(resized["run"]) / "model.keras", compile=False)
    assert model.input_shape == (None, 32, 32, 1)
    evaluated = json.loads(tlzoo("evaluate", resized["run"], "--json").out)
    assert evaluated["confusion"] == resized["test"]["confusion"]
    (answer,) = json.loads(tlzoo("predict", resized["run"], shapes / "cross" / "1.jpg", "--json").out)
    assert answer["label"] in {"circle", "cross", "square"}


def test_the_plan_has_the_sizes(tlzoo, shapes: Path) -> None:
    said = tlzoo("train", "--data", f"images:{shapes}", *WORDS, "--explain").out
    assert re.findall(r"\b(\d+) px", said) == ["16", "16", "24", "32"]


def test_texts_are_refused_before_a_folder_is_left(tlzoo, tmp_path: Path) -> None:
    table = tmp_path / "texts.csv"
    table.write_text("text,label\n" + "".join(f"words {number},{'ab'[number % 2]}\n" for number in range(40)))
    words = ("--backbone", "static.minilm", "--strategy", "progressive-resizing", "--out", tmp_path / "runs")
    done = tlzoo("train", "--data", f"table:{table}?text=text&label=label", *words)
    assert done.code == 2
    assert "needs square images, which this backbone does not take" in done.last
    assert not list((tmp_path / "runs").glob("*"))


def test_it_passes_the_conformance_kit(tlzoo) -> None:
    assert tlzoo("check", "tlzoo.strategies:ProgressiveResizing").code == 0
