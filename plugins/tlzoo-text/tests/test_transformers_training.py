"""A tiny BERT through the real interface: phases, cuts, pairs, strings in and names out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tlzoo
from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.heads import Attention, Linear
from tlzoo.progress import Silent
from tlzoo.registry import Entry
from tlzoo.tasks import Classification
from tlzoo.training.network import Network, as_list

TEXTS = {
    "good": ["good film", "the very good plot", "good bird!", "the actor was good.", "very very good film."],
    "bad": ["bad film", "the very bad plot", "bad bird!", "the actor was bad.", "very very bad film."],
}


def table(folder: Path, *, pairs: bool = False) -> str:
    """Write forty labelled texts, or pairs of them, as CSV; return the source."""
    path = folder / "texts.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["first", "second", "label"])
        for round_ in range(4):
            for label, texts in TEXTS.items():
                for text in texts:
                    writer.writerow([f"{text} {'abcd'[round_]}", "the film" if round_ % 2 else "the plot", label])
    return f"table:{path}?text={'first+second' if pairs else 'first'}&label=label"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "modes"),
    [
        ({"name": "multi-step", "top_stages": 2}, ["cached features", "cached prefix", "live"]),
        ({"name": "fine-tune", "unfreeze": "all", "decay": 0.5}, ["cached features", "live"]),
    ],
    ids=["multi-step", "layer-wise-decay"],
)
def test_phases_of_a_transformer(
    strategy: dict[str, Any],
    modes: list[str],
    tiny: Callable[[str], Entry],
    registered: Callable[[Entry], str],
    tmp_path: Path,
) -> None:
    run = tlzoo.train(
        data=table(tmp_path),
        backbone=registered(tiny("BertBackbone")),
        strategy=strategy,
        epochs=4,
        export=["saved-model"],
        out=tmp_path / "runs",
    )
    assert [phase["mode"] for phase in run.result["phases"]] == modes
    first, blank, long = run.predict(["the good film", "", "Ünïcödé 🙂 " * 50])
    assert {first["label"], long["label"]} <= {"good", "bad"}
    assert blank["label"] is None
    assert blank["error"]


@pytest.mark.slow
def test_low_rank_adapters_of_a_transformer_train_alone(
    tiny: Callable[[str], Entry], registered: Callable[[Entry], str], tmp_path: Path
) -> None:
    run = tlzoo.train(
        data=table(tmp_path),
        backbone=registered(tiny("BertBackbone")),
        strategy={"name": "fine-tune", "unfreeze": "all", "lora_rank": 2, "rate": 1e-2},
        epochs=2,
        export=["saved-model"],
        out=tmp_path / "runs",
    )
    events = [json.loads(line) for line in (run.path / "journal.jsonl").read_text().splitlines()]
    _, tuned = [event["result"]["audited"] for event in events if event["event"] == "result"]
    adapted = 2 * 6 + 1  # query, key, value, output and two dense layers of each of two blocks; the pooler
    assert tuned["trained"] == 2 * adapted + 2
    assert {answer["label"] for answer in run.predict(["the good film", "bad"])} <= {"good", "bad"}


class Notes(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.slow
def test_predictions_and_exports_of_a_run_with_sentence_pieces(
    tiny: Callable[[str], Entry], registered: Callable[[Entry], str], tmp_path: Path
) -> None:
    notes = Notes()
    run = tlzoo.train(
        data=table(tmp_path),
        backbone=registered(tiny("XLMRobertaBackbone")),
        strategy="feature-extraction",
        epochs=2,
        sequence_length=8,
        export=["saved-model"],
        out=tmp_path / "runs",
        progress=notes,
    )
    (lengths,) = [each for each in notes.said if "tokens" in each]
    assert "95 % have at most" in lengths
    assert "are cut to 8" in lengths
    # A process that has not imported tensorflow-text does not know the operations of the exported graph.
    command = [sys.executable, "-m", "tlzoo.cli", "predict", str(run.path), "the good film", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)
    assert answer["label"] in {"good", "bad"}


@pytest.mark.slow
def test_pairs_of_texts_in_the_exported_graph(
    tiny: Callable[[str], Entry], registered: Callable[[Entry], str], tmp_path: Path
) -> None:
    run = tlzoo.train(
        data=table(tmp_path, pairs=True),
        backbone=registered(tiny("BertBackbone")),
        strategy={"name": "feature-extraction"},
        epochs=2,
        sequence_length=12,
        export=["saved-model"],
        out=tmp_path / "runs",
    )
    serving = tf.saved_model.load(str(run.path / "serving")).signatures["serving_default"]
    texts = tf.constant([["a good film", "the plot"], ["bad", "the film"]])
    answers = serving(texts=texts)["probabilities"].numpy()
    assert answers.shape == (2, 2)
    samples = tf.saved_model.load(str(run.path / "serving")).signatures["samples"]
    prepare = load_backbone(tiny("BertBackbone"), LoadRequest(sequence_length=12)).preprocessing.prepare
    prepared = tf.stack([prepare(each) for each in texts])
    np.testing.assert_array_equal(samples(samples=prepared)["probabilities"], answers)


@pytest.mark.slow
def test_parts_of_a_cut_bert_equal_the_whole(tiny: Callable[[str], Entry]) -> None:
    """Below and above every cut, mask included, give what the whole gives; nothing that trains is below."""
    backbone = load_backbone(tiny("BertBackbone"))
    for pooling in ("declared", "average", "max", "last", "first"):
        network = Network(backbone, Linear(pooling=pooling), Classification(("a", "b")), seed=0)
        samples = tf.stack([backbone.preprocessing.prepare(text) for text in ("", "good film", "very " * 40)])
        top = len(backbone.stages) - 1
        (expected,) = as_list(network.sever(top).below(samples, training=False))
        assert np.std(expected) > 0
        for position in range(top):
            severed = network.sever(position)
            tensors = as_list(severed.below(samples, training=False))
            assert "int32" in severed.dtypes  # the mask crosses every cut
            found = severed.above(tensors, training=False)
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert {name for name, paths in network.parts.stages.items() if not paths} == {
        "pooler"
    }  # passed by: nothing trains


@pytest.mark.slow
def test_attention_over_tokens_is_the_same_at_every_cut_and_sees_no_padding(tiny: Callable[[str], Entry]) -> None:
    texts, answers = ("", "good film", "was the good film"), []
    for length in (12, 32):
        backbone = load_backbone(tiny("BertBackbone"), LoadRequest(sequence_length=length))
        network = Network(backbone, Attention(heads=2, units=4), Classification(("a", "b")), seed=0)
        samples = tf.stack([backbone.preprocessing.prepare(text) for text in texts])
        last = len(backbone.stages) - 1
        entering = as_list(network.sever(last).below(samples, training=False))
        answers.append(network.head(entering, training=False).numpy())
        for position, observed in [(0, ()), (last - 1, ()), (last - 1, (backbone.stages[-1].name,))]:
            severed = network.sever(position, observed)
            found = severed.above(as_list(severed.below(samples, training=False)), training=False)[:2]
            np.testing.assert_allclose(network.head(found, training=False), answers[-1], rtol=1e-4, atol=1e-5)
    assert np.isfinite(answers[0]).all()
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-4, atol=1e-5)


def test_paths_are_the_same_at_every_load(tiny: Callable[[str], Entry]) -> None:
    first, second = (load_backbone(tiny("BertBackbone"), LoadRequest(sequence_length=8)) for _ in range(2))
    paths = [variable.path for variable in first.model.weights]
    assert paths == [variable.path for variable in second.model.weights]
    assert len(set(paths)) == len(paths)
    assert [stage.variables for stage in first.stages] == [stage.variables for stage in second.stages]
