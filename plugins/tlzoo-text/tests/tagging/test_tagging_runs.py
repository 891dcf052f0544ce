"""Runs on tags: training, report, evaluation, predictions, resume and refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import requests
from made_tags import sentences, write_columns, write_folder

import tlzoo
from tlzoo.backbones import LoadRequest, Sequence, load_backbone
from tlzoo.cli import main
from tlzoo.errors import TlzooError
from tlzoo.evaluation import Prediction, Report, render_report
from tlzoo.plugins import forget
from tlzoo.registry import Entry
from tlzoo.tasks import PlainMetrics
from tlzoo_text.tagging.annotations.labels import TaggedText
from tlzoo_text.tagging.annotations.schemes import tag_names
from tlzoo_text.tagging.answers import compared_pieces

HOW: dict[str, Any] = {
    "backbone": "text/static.minilm",
    "strategy": {"name": "feature-extraction", "rate": 0.02},
    "sequence_length": 12,
    "epochs": 8,
}


TEXT = "ana <b> lives in 👍🏽 new york ."


class InterruptedInItsSecondEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops a phase as Ctrl-C does."""

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        if epoch:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("tags") / "data")


@pytest.fixture(scope="module")
def run(folder: Path) -> tlzoo.Run:
    return tlzoo.train(f"conll:{folder}", **HOW, head={"name": "tagger", "dropout": 0}, export=[], out=folder / "runs")


@pytest.mark.slow
def test_a_run_finds_names_and_places(run: tlzoo.Run, folder: Path) -> None:
    assert run.test["entity_f1"] > 0.8
    assert run.test["per_type"].keys() == {"LOC", "PER"}
    assert run.test["words"] == sum(len(words) for words, _ in sentences(20, 2))
    assert run.test["unread"] == 0
    iobes = [(words, _closed(tags)) for words, tags in sentences(20, 2)]
    again = run.evaluate(tuple(zip(*iobes, strict=True)))
    for figure in ("entity_f1", "strict_entity_f1", "token_accuracy"):
        assert again[figure] == run.test[figure]


def _closed(tags: list[str]) -> list[str]:
    """Return BIO tags in IOBES."""
    found = list(tags)
    for at, (tag, after) in enumerate(pairwise([*tags, "O"])):
        if tag != "O" and not after.startswith("I"):
            found[at] = ("S" if tag[0] == "B" else "E") + tag[1:]
    return found


@pytest.mark.slow
def test_other_data_may_lack_a_type(run: tlzoo.Run, tmp_path: Path) -> None:
    words = ["ana", "lives", "here"]
    test = run.evaluate(([words] * 2, [["B-PER", "O", "O"]] * 2))
    assert test["words"] == 6
    with pytest.raises(TlzooError, match="has the class 'B-ORG'"):
        run.evaluate(f"conll:{write_columns(tmp_path / 'a.txt', [(words, ['B-ORG', 'O', 'O'])])}")


@pytest.mark.slow
def test_words_beyond_the_length_are_missed(run: tlzoo.Run) -> None:
    words = [*["nobody"] * 12, "ana"]
    test = run.evaluate(([words], [[*["O"] * 12, "B-PER"]]))
    assert (test["unread"], test["per_type"]["PER"]["true"], test["entity_recall"]) == (1, 1, 0)


def test_the_report_marks_spans_and_escapes_texts() -> None:
    text = "<b>ana</b> in new york"
    tags = np.array([0, 3, 0, 0, 0, 0, 1, 2], np.int16)  # of the words < b > ana < / b > and so on
    words = np.array([[0, 3], [3, 6], [6, 7], [7, 8], [8, 10], [11, 13], [14, 17], [18, 22]])
    label = TaggedText(text, words, tags)
    predicted = np.array([0, 3, 0, 0, 0, 0, 1, 0])
    pieces = compared_pieces(label, predicted, tag_names(("LOC", "PER")))
    seen = Prediction("a.txt:1", "?", None, text=text, pieces=pieces)
    report = Report(
        "run", "conll:", "a", created="", recipe="", environment={}, metrics=PlainMetrics({"entity_f1": 0.5})
    )
    page = render_report(replace(report, most_wrong=(seen,)), lambda _line: None)
    assert '<mark class="hue1">ana <small>PER</small></mark>' in page
    assert '<mark class="hue0 fault">new york <small>LOC, missed</small></mark>' in page
    assert '<mark class="hue0 fault">new <small>LOC, wrong</small></mark>' in page
    assert "&lt;b&gt;" in page
    assert "<b>ana" not in page


@pytest.mark.slow
def test_runs_are_compared_text_by_text(run: tlzoo.Run) -> None:
    from tlzoo.runs.files.answers import read_answers
    from tlzoo.tasks import task_named

    task = task_named("tagging").of_result(run.test)
    outcomes = task.outcomes(read_answers(run.path / "answers.npz").kept)
    whole = outcomes.figures(np.ones((1, outcomes.count)))[0]
    assert whole[0] == pytest.approx(run.test["entity_f1"])
    assert outcomes.show(0)[0].endswith(("span", "spans"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--head", "linear"], "the head 'linear' returns a vector, but tagging of .* needs a sequence; .*: tagger"),
        (["--backbone", "vision/none"], "no entry 'vision/none'"),
        (
            ["--augment", "light"],
            "is tagging: this augmentation does not move labels of positions .*; use no augmentation",
        ),
        (["--loss", "mse"], "is tagging, which has no loss 'mse'"),
        (["--balance", "focal"], "is tagging, which cannot be balanced by 'focal'; valid: none, class-weights"),
        (["--per-class", "2"], "is tagging: a number of labels per class needs classes"),
    ],
)
def test_what_does_not_fit_tags_is_refused_in_one_line(
    folder: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["train", "--data", f"conll:{folder}", "--backbone", "text/static.minilm", "--out", str(tmp_path)]
    assert main([*command, *words, "--quiet"]) in {2, 3}
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert re.search(message, line)


@pytest.mark.slow
def test_a_resumed_run_equals_an_uninterrupted_one(run: tlzoo.Run, folder: Path, tmp_path: Path) -> None:
    how = HOW | {"head": {"name": "tagger", "dropout": 0}}
    with pytest.raises(KeyboardInterrupt):
        tlzoo.train(f"conll:{folder}", **how, out=tmp_path, export=[], callbacks=[InterruptedInItsSecondEpoch()])
    assert tlzoo.resume(next(tmp_path.iterdir())).test == run.test


@pytest.mark.slow
def test_a_run_is_published_exported_and_served(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = {"name": "tagger", "neighbours": 1, "units": 16}
    run = tlzoo.train(f"conll:{folder}", **HOW, head=head, export=["saved-model"], out=tmp_path / "runs")
    (answer,) = run.predict([TEXT])
    assert [TEXT[each["start"] : each["end"]] for each in answer["spans"]] == [each["text"] for each in answer["spans"]]
    assert {each["label"] for each in answer["spans"]} == {"LOC", "PER"}
    assert answer["read_to"] == len(TEXT)

    page = (run.path / "report.html").read_text()
    assert "<h2>Types</h2>" in page
    assert re.search(r'<mark class="hue[01]">[a-z ]+ <small>(LOC|PER)</small></mark>', page)
    published = tlzoo.publish(run, "tags", licence="Apache-2.0")
    forget()
    assert load_backbone(published.entry.id, LoadRequest(sequence_length=12, tokens=True)).features == Sequence(
        12, 257, "average"
    )

    assert main(["predict", str(run.path), TEXT]) == 0
    assert re.search(
        r"ana \[PER [\d.]+ %\] <b> lives in 👍🏽 new york \[LOC", capsys.readouterr().out.replace("\u00a0", " ")
    )

    (file,) = run.export("openvino")
    assert file.score == pytest.approx(file.run_score, abs=1e-6)
    with run.serve(port=0, name="tags", runtime="openvino") as server:
        body = {"inputs": [TEXT, "bob lee left oslo today"]}
        served = requests.post(f"{server.url}/predict", json=body, timeout=60).json()["predictions"]
        columns = requests.post(f"{server.url}/v1/models/tags:predict", json=body, timeout=60).json()["outputs"]
        model = requests.get(f"{server.url}/v1/models/tags/metadata", timeout=60).json()
    assert [each["text"] for each in served[0]["spans"]] == [each["text"] for each in answer["spans"]]
    assert columns["starts"][1][:5] == [0, 4, 8, 13, 18]
    assert columns["words"][1][:5] == ["bob ", "lee ", "left ", "oslo ", "today"]
    outputs = model["metadata"]["signature_def"]["signature_def"]["serving_default"]["outputs"]
    assert outputs["starts"]["dtype"] == "DT_INT32"
    assert len(outputs["probabilities"]["tensor_shape"]["dim"]) == 3


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
