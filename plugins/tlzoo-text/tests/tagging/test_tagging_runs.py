"""Runs on tags: training, report, evaluation, predictions, resume and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_tags import sentences, write_columns, write_folder

import tlzoo
from tlzoo.errors import TlzooError
from tlzoo.registry import Entry

HOW: dict[str, Any] = {
    "backbone": "text/static.minilm",
    "strategy": {"name": "feature-extraction", "rate": 0.02},
    "sequence_length": 12,
    "epochs": 8,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("tags") / "data")


@pytest.fixture(scope="module")
def run(folder: Path) -> tlzoo.Run:
    return tlzoo.train(f"conll:{folder}", **HOW, head={"name": "tagger", "dropout": 0}, export=[], out=folder / "runs")


def test_a_run_finds_names_and_places(run: tlzoo.Run, folder: Path) -> None:
    assert run.test["entity_f1"] > 0.8
    assert run.test["per_type"].keys() == {"LOC", "PER"}
    assert run.test["words"] == sum(len(words) for words, _ in sentences(20, 2))
    assert run.test["unread"] == 0
    again = run.evaluate(f"conll:{folder}")
    assert again["entity_f1"] == run.test["entity_f1"]


def test_other_data_may_lack_a_type(run: tlzoo.Run, tmp_path: Path) -> None:
    words = ["ana", "lives", "here"]
    test = run.evaluate(([words] * 2, [["B-PER", "O", "O"]] * 2))
    assert test["words"] == 6
    with pytest.raises(TlzooError, match="has the class 'B-ORG'"):
        run.evaluate(f"conll:{write_columns(tmp_path / 'a.txt', [(words, ['B-ORG', 'O', 'O'])])}")


def test_words_beyond_the_length_are_missed(run: tlzoo.Run) -> None:
    words = [*["nobody"] * 12, "ana"]
    test = run.evaluate(([words], [[*["O"] * 12, "B-PER"]]))
    assert (test["unread"], test["per_type"]["PER"]["true"], test["entity_recall"]) == (1, 1, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["BertBackbone", "RobertaBackbone"])
def test_a_transformer_is_fine_tuned_and_served(
    name: str, folder: Path, tiny: Callable[[str], Entry], registered: Callable[[Entry], str], tmp_path: Path
) -> None:
    run = tlzoo.train(
        f"conll:{folder}",
        backbone=registered(tiny(name)),
        strategy={"name": "multi-step", "top_stages": 1},
        sequence_length=24,
        epochs=4,
        export=["saved-model"],
        out=tmp_path / "runs",
    )
    assert run.result["phases"][0]["mode"] == "cached features"
    text = "ana lives in 👍🏽 new york ."
    (answer,) = run.predict([text])
    assert answer["input"] == text
    for span in answer["spans"]:
        assert span["text"] == text[span["start"] : span["end"]]
        assert span["label"] in {"LOC", "PER"}
        assert 0 < span["probability"] <= 1
    json.dumps(answer)
