"""Every hook is documented by an example, and each example does what it is for."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import keras
import numpy as np
import pytest
from hub_server import HubServer

from tlzoo import hookspecs as specifications
from tlzoo.plugins import HOOKS, catalog, forget, registered
from tlzoo.testing import check_exporter, check_objective, check_tracker

SPECIFIED = [name for name, value in vars(specifications).items() if hasattr(value, "tlzoo_spec")]
LAYERS = """
import keras

@keras.saving.register_keras_serializable("example")
class Halve(keras.layers.Layer):
    def call(self, inputs):
        return inputs / 2
"""
ENTRY = """
[inputs.series]
modality = "series"
shown = "{length} numbers"
fields.length = { type = "integer", minimum = 1, description = "numbers of a series" }

[entries."example/line.dots"]
summary = "An entry for series"
modality = "series"
loader = "dots"
licence = "Apache-2.0"
files.weights.source = "package:example/line.weights.h5"
input.kind = "series"
input.length = 12
features.kind = "vector"

[entries."example/net.dots"]
summary = "The example's network"
modality = "vision"
loader = "dots"
licence = "Apache-2.0"
files.weights.source = "package:example/net.weights.h5"
input.kind = "image"
input.size = [16, 16]
input.channels = 1
input.order = "grey"
features.kind = "vector"
features.shape = [8]
"""


def test_each_hook_is_known_by_name() -> None:
    assert list(HOOKS) == SPECIFIED


def example_of(hook: str) -> str:
    documentation = inspect.getdoc(getattr(specifications, hook)) or ""
    examples = re.findall(r"```python\n(.*?)```", documentation, re.DOTALL)
    assert len(examples) == 1, f"{hook} has {len(examples)} examples"
    return examples[0]


@pytest.fixture
def example(distributions) -> Path:
    """One plugin of all examples together; returns its package's folder."""
    folder: Path = distributions.add("example", "\n".join(map(example_of, SPECIFIED)), more=ENTRY)
    (folder / "layers.py").write_text(LAYERS)
    return folder


def given(hook: str) -> Any:
    """Return the first thing that the example gives for a hook."""
    return registered(hook, plugin="example")[0].value


def test_every_hook_has_an_example_that_gives_something(example) -> None:
    assert {hook: [each.name for each in registered(hook, plugin="example")] for hook in SPECIFIED} == {
        "tlzoo_backbones": ["dots"],
        "tlzoo_importers": ["dots"],
        "tlzoo_heads": ["normalized", "strongest"],
        "tlzoo_strategies": ["head-then-all"],
        "tlzoo_data_adapters": ["stripes"],
        "tlzoo_modalities": ["series"],
        "tlzoo_tasks": ["grades"],
        "tlzoo_trainers": ["ranking"],
        "tlzoo_scores": ["spread"],
        "tlzoo_objectives": ["example/certain"],
        "tlzoo_exporters": ["weights"],
        "tlzoo_trackers": ["lines"],
        "tlzoo_layers": ["example>Halve"],
    }


def test_the_backbone_loads_with_random_weights_and_with_its_own(example: Path) -> None:
    from tlzoo.backbones import LoadRequest, load_backbone

    entry = catalog().get("example/net.dots")
    first = load_backbone(entry, LoadRequest(weights="random", seed=1))
    images = np.linspace(0, 1, 2 * 16 * 16, dtype=np.float32).reshape(2, 16, 16, 1)
    assert first.model(images).shape == (2, 8)
    assert [stage.name for stage in first.stages] == ["dots"]
    first.model.save_weights(example / "net.weights.h5")
    second = load_backbone(entry)
    np.testing.assert_array_equal(first.model(images), second.model(images))


def test_the_importer_adds_an_entry_that_trains(example, hub: HubServer, tmp_path: Path, monkeypatch, capsys) -> None:
    import tlzoo
    from tlzoo.cli import main

    dots = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Flatten(), keras.layers.Dense(8)])
    dots.save_weights(tmp_path / "model.weights.h5")
    weights = (tmp_path / "model.weights.h5").read_bytes()
    config = {"model_type": "dots", "image_size": 16}
    hub.repositories["acme/Dots"] = {"config.json": json.dumps(config).encode(), "model.weights.h5": weights}
    registry = tmp_path / "mine.toml"
    assert main(["registry", "add", "hf://acme/Dots", "--as", "dots.first", "--registry", str(registry)]) == 0
    captured = capsys.readouterr()
    assert re.search(r"licence +NOASSERTION", captured.out)
    assert re.search(r"parameters +2056", captured.out)
    assert "written to" in captured.err
    monkeypatch.setenv("TLZOO_REGISTRY", str(registry))
    forget()
    entry = tlzoo.entry("local/dots.first")
    assert entry.files["weights"].source == f"hf://acme/Dots@{hub.commit('acme/Dots')}/model.weights.h5"
    assert tlzoo.load_backbone("local/dots.first").predict(np.zeros((2, 16, 16, 1), np.uint8)).shape == (2, 8)
    before = len(hub.asked)
    assert main(["registry", "add", "hf://acme/Dots", "--as", "dots.first", "--registry", str(registry)]) == 2
    assert "already has an entry 'local/dots.first'" in capsys.readouterr().err
    assert len(hub.asked) == before
    assert main(["registry", "add", "hf://acme/Dots", "--output", "x"]) == 2


def test_nothing_is_written_if_an_import_fails(example, hub: HubServer, tmp_path: Path, monkeypatch, capsys) -> None:
    from tlzoo.artifacts.hugging_face import repository
    from tlzoo.cli import main
    from tlzoo.files.folders import cache_folder

    registry = tmp_path / "mine.toml"

    def add(code: int, config: dict[str, Any]) -> str:
        hub.repositories["acme/dots"] = {"config.json": json.dumps(config).encode(), "model.weights.h5": b"no weights"}
        assert main(["registry", "add", "hf://acme/dots", "--registry", str(registry)]) == code
        said: str = capsys.readouterr().err
        assert not registry.exists()
        assert not list((cache_folder() / "downloads").glob("*repository*"))
        return said

    said = add(3, {"model_type": "dotss", "image_size": 16})
    assert "no loader for networks of the type 'dotss'; supported: dots, " in said
    assert "an integer from 1 to 512; got -1" in add(4, {"model_type": "dots", "image_size": -1})
    assert "checks failed, and nothing was written: loads: " in add(3, {"model_type": "dots", "image_size": 16})

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(repository.Download, "run", interrupted)
    add(130, {"model_type": "dots", "image_size": 16})


def test_the_head_gives_logits_of_directions_and_follows_its_seed(example) -> None:
    from tlzoo.tasks import Classification

    task = Classification(("a", "b", "c"))
    built = given("tlzoo_heads")(scale=2.0).build(4, task, 7)
    features = np.float32([[1, 2, 3, 4], [-1, 0, 0, 1]])
    logits = built(features)
    assert logits.shape == (2, 3)
    np.testing.assert_allclose(logits, built(features * 10), rtol=1e-5)
    again = given("tlzoo_heads")(scale=2.0).build(4, task, 7)
    np.testing.assert_array_equal(logits, again(features))


def test_the_head_on_a_map_takes_any_size_and_sees_no_place(example) -> None:
    from tlzoo.heads import MapShape
    from tlzoo.tasks import Classification

    strongest = registered("tlzoo_heads", plugin="example")[1].value
    built = strongest().build(MapShape(4, 4, 2), Classification(("a", "b", "c")), 7)
    cells = np.random.default_rng(0).normal(size=(2, 4, 4, 2)).astype("float32")
    logits = built(cells)
    assert logits.shape == (2, 3)
    np.testing.assert_allclose(logits, built(cells[:, ::-1, ::-1]), rtol=1e-5)
    np.testing.assert_allclose(logits, built(cells.reshape(2, 2, 8, 2)), rtol=1e-5)


def test_the_adapter_gives_samples(example) -> None:
    samples = given("tlzoo_data_adapters")("4", {})
    assert samples.labels.tolist() == [0, 1, 0, 1]
    assert samples.task.names == ("lying", "upright")
    assert samples.examples.modality == "vision"


def test_the_exporter_of_the_example_passes_the_kit(example) -> None:
    report = check_exporter("weights")
    assert (report.run, report.failed, report.skipped) == (3, 0, 1)  # it has no runtime


def test_the_score_is_a_share(example) -> None:
    score = given("tlzoo_scores")
    assert score(np.float32([[0], [0], [2], [2]]), np.array([0, 0, 1, 1])) == 1.0
    assert score(np.float32([[0], [2], [0], [2]]), np.array([0, 0, 1, 1])) == 0.0


def test_the_exporter_writes_weights_that_can_be_read_back(example, tmp_path: Path) -> None:
    from tlzoo.backbones import image_preprocessing
    from tlzoo.export import ServingModel
    from tlzoo.tasks import Classification

    def network() -> keras.Model:
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="answers")])

    first, second = network(), network()
    preprocessing = image_preprocessing((1, 3), 1, scale=1.0)
    model = ServingModel(preprocessing, first, Classification(("a", "b")), "vision")
    path = given("tlzoo_exporters")().export(model, {}, tmp_path)
    assert path.parent == tmp_path
    second.load_weights(path)
    np.testing.assert_array_equal(first.get_weights()[0], second.get_weights()[0])


def test_the_layer_is_read_back_with_a_saved_model(example, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((2,)), resolve_name(given("tlzoo_layers"))()])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(np.float32([[2, 6]])), [[1, 3]])


def test_a_served_model_takes_the_inputs_of_the_modality(example, tmp_path: Path) -> None:
    import tensorflow as tf

    from tlzoo.backbones import Preprocessing
    from tlzoo.export import ServingModel, export_saved_model
    from tlzoo.tasks import Classification

    network = keras.Sequential([keras.Input((2,)), keras.layers.Softmax()])
    preprocessing = Preprocessing(lambda series: series[:2], keras.layers.Identity(), (2,), "float32")
    export_saved_model(ServingModel(preprocessing, network, Classification(("a", "b")), "series"), tmp_path)
    served = tf.saved_model.load(str(tmp_path / "serving")).signatures["serving_default"]
    answered = served(series=tf.constant([[5.0, 1.0, 9.0], [1.0, 5.0, 9.0]]))
    assert answered["label"].numpy().tolist() == [b"a", b"b"]


def test_a_backbone_of_the_modality_is_a_layer_of_its_inputs(example) -> None:
    import tensorflow as tf

    from tlzoo.backbones import Backbone, LoadRequest, Preprocessing, Stage, Vector
    from tlzoo.backbones.keras_layer import layer_of, pooled
    from tlzoo.errors import DataError, UsageError
    from tlzoo.zoo.raw_batches import raw_input, sample_batches

    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    stages = (Stage("dense", frozenset(each.path for each in network.weights), None),)
    preprocessing = Preprocessing(lambda series: series[:2], keras.layers.Identity(), (2,), "float32")
    backbone = Backbone(network, preprocessing, stages, Vector(3), "digest")
    entry = catalog().get("example/line.dots")
    layer = layer_of(backbone, entry, LoadRequest(), pooled(backbone), False, "frozen")
    series = np.float32([[5, 1, 9], [1, 5, 9]])
    inputs = raw_input(backbone, entry, None)
    assert (inputs.name, inputs.shape, inputs.dtype) == ("series", (None, None), "float32")
    model = keras.Model(inputs, layer(inputs))
    np.testing.assert_allclose(model(series), network(series[:, :2]), atol=1e-6)
    np.testing.assert_allclose(layer(series.astype(np.int64)), network(series[:, :2]), atol=1e-6)
    stream = tf.data.Dataset.from_tensor_slices(series)
    for given in (series, series.tolist(), stream, stream.batch(2)):
        np.testing.assert_array_equal(np.concatenate([*sample_batches(backbone, entry, given, 1)]), series[:, :2])
    with pytest.raises(UsageError, match=r"takes series \(batch, any\), not shape \(None, 8, 8\); use float32"):
        layer(keras.KerasTensor((None, 8, 8)))
    with pytest.raises(UsageError, match="takes series, not strings"):
        layer(keras.KerasTensor((None,), dtype="string"))
    for wrong, said in ((series * np.nan, "NaN"), (series[None], "pass shape"), ([[1.0], [1.0, 2.0]], "different")):
        with pytest.raises(DataError, match=said):
            next(sample_batches(backbone, entry, wrong, 1))


def test_an_entry_of_the_modality_is_listed_by_its_fields_and_tried_with_its_inputs(example) -> None:
    from tlzoo.testing.inputs import raw_inputs
    from tlzoo.zoo.listing.query import query

    (row,) = query(where="input.length >= 12")
    assert (row.id, row.values["input"]) == ("example/line.dots", "12 numbers")
    assert [each.shape for each in raw_inputs(catalog().get("example/line.dots"), 2)] == [(12,), (12,)]


def test_the_task_puts_the_largest_error_first(example) -> None:
    task = given("tlzoo_tasks")(("bad", "fair", "good"))
    answers = np.float32([[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    rows, badness = task.mistakes(np.array([0, 0, 2]), answers, None, None)
    assert (rows.tolist(), badness.tolist()) == ([1, 2], [1, 2])


RECIPE = {
    "data": "stripes:60",
    "backbone": "example/net.dots",
    "head": {"name": "normalized", "scale": 4.0},
    "strategy": "head-then-all",
    "epochs": 2,
}
RANKED = """
import keras
from example.layers import Halve
from tlzoo.heads import Linear


class Ranked(Linear):
    trainer = "ranking"

    def build(self, size, task, seed):
        kernel = keras.initializers.GlorotUniform(seed)
        logits = keras.layers.Dense(task.outputs, kernel_initializer=kernel)
        return keras.Sequential([keras.Input((size,)), Halve(), logits])
"""


@pytest.fixture
def weights(example: Path) -> None:
    """The file of weights that the registry of the example names."""
    from tlzoo.backbones import LoadRequest, load_backbone

    backbone = load_backbone("example/net.dots", LoadRequest(weights="random"))
    backbone.model.save_weights(example / "net.weights.h5")


@pytest.mark.usefixtures("weights")
def test_a_run_uses_backbone_head_strategy_adapter_and_exporter(tmp_path: Path) -> None:
    import tlzoo

    run = tlzoo.train(**RECIPE, export=["weights"], out=tmp_path / "runs")
    assert [phase["name"] for phase in run.result["phases"]] == ["head", "all"]
    assert run.result["head"] == "normalized"
    assert 0 <= run.test["accuracy"] <= 1
    assert run.result["exported"] == {"weights": "exports/weights/model.weights.h5"}
    assert (run.path / "exports/weights/model.weights.h5").stat().st_size > 0


@pytest.mark.usefixtures("weights")
def test_a_ranking_uses_the_score() -> None:
    import tlzoo

    ranking = tlzoo.rank("stripes:60", backbones=["example/net.dots"], scores=["spread"])
    (ranked,) = ranking.to_json()["entries"]
    assert 0 < ranked["scores"]["spread"] <= 1 + 1e-6


@pytest.mark.usefixtures("weights")
def test_a_run_uses_the_trainer_that_its_head_names_and_a_layer(tmp_path: Path) -> None:
    import tlzoo

    (tmp_path / "ranked.py").write_text(RANKED)
    fields = RECIPE | {"head": f"{tmp_path / 'ranked.py'}:Ranked", "export": ["keras"]}
    run = tlzoo.train(**fields, out=tmp_path / "runs")
    assert run.test == {"top2": 1.0}  # of two classes
    assert run.result["imports"] == ["tlzoo.layers"]


@pytest.mark.usefixtures("weights")
def test_a_run_descends_the_objective(tmp_path: Path) -> None:
    import tlzoo
    from tlzoo.runs.files.journal import Journal

    options = {"objective": "example/certain", "weight": 0.5}
    fields = RECIPE | {"target": "stripes:40", "strategy": {"name": "domain-adaptation", **options}, "export": []}
    run = tlzoo.train(**fields, out=tmp_path / "runs")
    events = Journal(run.path / "journal.jsonl").events
    objectives = [event["phase"]["objective"] for event in events if event["event"] == "plan"]
    assert objectives == [None, None, {"kind": "example/certain", "weight": 0.5}]
    _, plain, adapted = [event["result"] for event in events if event["event"] == "result"]
    assert adapted["phase"] == "example/certain"
    assert adapted["metrics"]["loss"] > plain["metrics"]["loss"]  # the entropy is a part of it


@pytest.mark.slow
def test_the_objective_passes_the_kit(example: Path) -> None:
    report = check_objective("example/certain")
    assert [each.reason for each in report.results if each.outcome != "passed"] == []
    assert report.run == 4


def test_the_tracker_passes_the_kit(example: Path) -> None:
    assert [each.outcome for each in check_tracker("lines").results] == ["passed"] * 3
