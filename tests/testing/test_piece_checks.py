"""The checks of heads, scores, adapters and exporters: the core's pass, and each fault fails at the check for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tlzoo.plugins import registered
from tlzoo.testing import Report, check_exporter, check_head, check_score, check_source

HEADS = """
import itertools

import keras

from tlzoo.heads import Head

calls = itertools.count()


def dense(size, outputs, seed):
    kernel = keras.initializers.GlorotUniform(seed=seed)
    return keras.Sequential([keras.Input((size,)), keras.layers.Dense(outputs, kernel_initializer=kernel)])


class Sound(Head):
    def build(self, size, task, seed):
        return dense(size, task.outputs, seed)


class Demanding(Sound):
    factor: float


class TooNarrow(Head):
    def build(self, size, task, seed):
        return dense(size, task.outputs - 1, seed)


class OneSize(Head):
    def build(self, size, task, seed):
        return dense(7, task.outputs, seed)


class Seedless(Head):
    def build(self, size, task, seed):
        return dense(size, task.outputs, next(calls))


class Stubborn(Head):
    def build(self, size, task, seed):
        return dense(size, task.outputs, 0)


class Frozen(Head):
    def build(self, size, task, seed):
        model = dense(size, task.outputs, seed)
        model.trainable = False
        return model


class Closed(Head):
    def build(self, size, task, seed):
        model = dense(size, task.outputs, seed)
        double = keras.layers.Lambda(lambda outputs: 2 * outputs)
        return keras.Sequential([keras.Input((size,)), model, double])
"""

PLUGIN = """
from tlzoo.plugins import hookimpl
import numpy as np
import itertools
import os

calls = itertools.count()


@hookimpl
def tlzoo_scores():
    def between(features, labels):
        means = np.stack([features[labels == each].mean(axis=0) for each in np.unique(labels)])
        return float(means.var(axis=0).sum() / features.var(axis=0).sum())

    def random(features, labels):
        return between(features, labels) + next(calls) / 1000

    def changing(features, labels):
        features -= features.mean(axis=0)
        return between(features, labels)

    def ordered(features, labels):
        return between(features, labels) + float(labels[0])

    def singular(features, labels):
        return between(features, labels) if features.shape[1] < len(features) else float("nan")

    return {
        "between": between, "worse": lambda features, labels: -between(features, labels), "random": random,
        "changing": changing, "ordered": ordered, "singular": singular,
    }


@hookimpl
def tlzoo_data_adapters():
    from tlzoo.data import ArrayPictures, Samples, refuse_unknown_options
    from tlzoo.tasks import Classification

    def adapter(fault):
        def stripes(location, options, *, progress=None):
            if fault != "anything":
                refuse_unknown_options("stripes", options, ())
            print("reading stripes")  # which is not a part of any check's result
            labels = np.arange(int(location or 40)) % 2
            noise = np.random.default_rng(os.getpid() if fault == "other" else 0)
            images = noise.integers(0, 255, (len(labels), 16, 16, 1)).astype(np.uint8)
            if fault == "one":
                images[:] = images[0]
            pictures = ArrayPictures("stripes", images)
            if fault == "names":
                pictures.name = lambda position: "a stripe"
            if fault == "sorted":
                stream = pictures.stream
                pictures.stream = lambda positions: stream(np.sort(positions))
            return Samples(f"stripes:{location}", Classification(("a", "b")), pictures, labels, pictures.digests())

        stripes.example = f"{fault}:40"
        return stripes

    return {each: adapter(each) for each in ("sound", "anything", "other", "one", "names", "sorted")}


@hookimpl
def tlzoo_exporters():
    from tlzoo.export import Exporter

    class Faulty(Exporter):
        def export(self, model, samples, folder):
            fault, path = self.name, folder / "weights.npz"
            if fault == "numbered":
                path = folder / f"weights-{next(calls)}.npz"
            if fault == "careful" and path.exists():
                raise FileExistsError(path)
            if fault == "constant":
                path.write_text("always the same content")
            elif fault == "empty":
                path.touch()
            elif fault != "idle":
                np.savez(path, *(each.numpy() for each in model.network.weights))
            return str(path) if fault == "text" else path

        def open(self, path, threads):
            if self.name != "uncertain":
                return None
            return lambda inputs: np.full((len(inputs["samples"]), 3), 1 / 3, np.float32)

    faults = ("sound", "idle", "empty", "constant", "uncertain", "text", "numbered", "careful")
    return {each: type(each, (Faulty,), {"name": each, "__module__": __name__}) for each in faults}
"""


def failed(report: Report) -> list[str]:
    return [result.name for result in report.results if result.outcome == "failed"]


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_heads_of_the_core_pass(name: str) -> None:
    report = check_head(name)
    assert (failed(report), report.skipped) == ([], 0)


def test_a_head_with_a_trainer_for_other_data_is_left_to_its_trainer() -> None:
    report = check_head("policy")
    assert failed(report) == []
    assert {each.outcome for each in report.results if each.name == "builds-for-every-task"} == {"skipped"}


@pytest.mark.parametrize("name", ["h-score", "knn", "leep", "linear-probe", "logme", "nce"])
def test_scores_of_the_core_pass(name: str) -> None:
    report = check_score(name)
    assert (failed(report), report.skipped) == ([], 0)


def test_the_adapter_of_digits_passes() -> None:
    report = check_source("digits:")
    assert (failed(report), report.skipped) == ([], 1)


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("Sound", None),
        ("Demanding", "has-defaults"),
        ("TooNarrow", "builds-for-every-task"),
        ("OneSize", "builds-for-every-task"),
        ("Seedless", "is-drawn-from-its-seed"),
        ("Stubborn", "is-drawn-from-its-seed"),
        ("Frozen", "learns"),
        ("Closed", "saves-and-loads"),
    ],
)
def test_each_faulty_head_fails_at_its_check(tmp_path: Path, head: str, fault: str | None) -> None:
    (tmp_path / "heads.py").write_text(HEADS)
    assert failed(check_head(f"{tmp_path / 'heads.py'}:{head}")) == ([fault] if fault else [])


@pytest.fixture
def pieces(install: Callable[..., Path]) -> None:
    if "pieces" not in {each.plugin for each in registered("tlzoo_scores")}:
        registry = 'format = 1\nplugin = "pieces"\nrequirement = "pieces"\napi = ">=0.1"\nnamespaces = ["pieces"]\n'
        install("pieces", registry + "[entries]\n", plugin=PLUGIN)


@pytest.mark.parametrize(
    ("score", "fault"),
    [
        ("between", None),
        ("worse", "is-higher-for-better"),
        ("random", "is-the-same-again"),
        ("changing", "is-the-same-again"),
        ("ordered", "does-not-depend-on-order"),
        ("singular", "takes-more-columns-than-rows"),
    ],
)
@pytest.mark.usefixtures("pieces")
def test_each_faulty_score_fails_at_its_check(score: str, fault: str | None) -> None:
    assert failed(check_score(score)) == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("scheme", "fault"),
    [
        ("sound", None),
        ("anything", "refuses-unknown-options"),
        ("other", "opens-the-same-elsewhere"),
        ("one", "opens"),
        ("names", "names-are-its-own"),
        ("sorted", "gives-what-is-asked-for"),
    ],
)
@pytest.mark.usefixtures("pieces")
def test_each_faulty_adapter_fails_at_its_check(scheme: str, fault: str | None) -> None:
    assert failed(check_source(f"{scheme}:40")) == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("exporter", "fault"),
    [
        ("keras", None),
        ("sound", None),
        ("idle", "writes-into-the-folder"),
        ("empty", "writes-into-the-folder"),
        ("text", "writes-into-the-folder"),
        ("constant", "stores-the-weights"),
        ("uncertain", "answers-like-the-network"),
        ("numbered", "replaces-an-older-export"),
        ("careful", "replaces-an-older-export"),
    ],
)
@pytest.mark.usefixtures("pieces")
def test_each_faulty_exporter_fails_at_its_check(exporter: str, fault: str | None) -> None:
    assert failed(check_exporter(exporter)) == ([fault] if fault else [])
