"""``model.keras``: Keras alone reads it, and the names of the classes are inside."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.errors import RunError
from tlzoo.export import ServingModel, export_keras, needed_imports, read_classes


class Unsavable(keras.layers.Layer):  # type: ignore[misc]
    def call(self, inputs: object) -> object:
        return inputs

    def get_config(self) -> dict[str, object]:
        raise RuntimeError("cannot be saved")


@keras.saving.register_keras_serializable("somebody")
class Own(keras.layers.Layer):  # type: ignore[misc]
    def call(self, inputs: object) -> object:
        return inputs


def test_keras_reads_the_same_network_in_safe_mode(exported: Path, serving_model: ServingModel) -> None:
    samples = np.random.default_rng(1).uniform(0, 255, (5, 24, 32, 3)).astype(np.float32)
    loaded = keras.saving.load_model(exported / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(samples), serving_model.network(samples), atol=1e-6)


def test_names_of_classes_are_inside(exported: Path, serving_model: ServingModel) -> None:
    assert read_classes(exported / "model.keras") == serving_model.classes


def test_names_are_read_with_the_standard_library_alone(exported: Path, serving_model: ServingModel) -> None:
    with zipfile.ZipFile(exported / "model.keras") as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("metadata.json"))["classes"] == list(serving_model.classes)


def test_a_model_that_keras_saved_by_itself_has_no_names(tmp_path: Path, serving_model: ServingModel) -> None:
    serving_model.network.save(tmp_path / "plain.keras")
    with pytest.raises(RunError, match="has no names"):
        read_classes(tmp_path / "plain.keras")


def test_a_file_that_is_not_a_keras_model_is_reported(tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_text("hello")
    with pytest.raises(RunError, match="is not a Keras model"):
        read_classes(tmp_path / "model.keras")


def test_a_model_of_layers_of_keras_needs_no_import(exported: Path) -> None:
    assert needed_imports(exported / "model.keras") == []
    with zipfile.ZipFile(exported / "model.keras") as archive:
        assert json.loads(archive.read("metadata.json"))["imports"] == []


def test_a_layer_that_no_plugin_names_needs_its_own_module(tmp_path: Path, serving_model: ServingModel) -> None:
    network = keras.Sequential([keras.Input((4,)), Own()])
    path = export_keras(replace(serving_model, network=network), tmp_path)
    assert needed_imports(path) == [Own.__module__]


def test_a_failed_export_leaves_the_older_file_and_nothing_else(tmp_path: Path, serving_model: ServingModel) -> None:
    path = export_keras(serving_model, tmp_path)
    before = path.read_bytes()
    network = keras.Sequential([keras.Input((4,)), Unsavable()])
    with pytest.raises(RuntimeError, match="cannot be saved"):
        export_keras(replace(serving_model, network=network), tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == before
