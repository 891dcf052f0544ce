"""``serving/``: raw input to names and probabilities, with nothing but TensorFlow."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.artifacts import load_inspected
from tlzoo.backbones import Preprocessing
from tlzoo.errors import PluginError
from tlzoo.export import Exporter, KerasFormat, SavedModel, ServingModel, export_saved_model
from tlzoo.modalities import RawReader
from tlzoo.modalities.vision.image_files.decoding import decode, decoder
from tlzoo.tasks import Classification

CLEAN = """
import base64, json, sys
import keras
import tensorflow as tf
folder, request = sys.argv[1], json.load(sys.stdin)
serving = tf.saved_model.load(f"{folder}/serving").signatures["serving_default"]
answers = serving(images=tf.constant([base64.b64decode(each) for each in request["images"]]))
network = keras.saving.load_model(f"{folder}/model.keras", safe_mode=True)
samples = tf.constant(request["samples"], tf.float32)
assert not [name for name in sys.modules if name.startswith("tlzoo")]
print(json.dumps({
    "serving": answers["probabilities"].numpy().tolist(),
    "labels": [label.decode() for label in answers["label"].numpy()],
    "keras": network(samples, training=False).numpy().tolist(),
}))
"""


class Sense(tf.Module):  # type: ignore[misc]
    """A text's place in a file of words."""

    def __init__(self, words: Path) -> None:
        super().__init__()
        keys = tf.lookup.TextFileInitializer(
            str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER
        )
        self.table = tf.lookup.StaticHashTable(keys, -1)

    def __call__(self, text: tf.Tensor) -> tf.Tensor:
        return self.table.lookup(text)


class Tables(keras.layers.Layer):  # type: ignore[misc]
    """Adds one, by tables in a list."""

    def __init__(self) -> None:
        super().__init__()
        keys, values = tf.constant([-1, 0, 1], tf.int64), tf.constant([0, 1, 2], tf.int64)
        self.tables = [tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), 0)]

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.tables[0].lookup(inputs)

    def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, "int64")


class Counting(keras.layers.Layer):  # type: ignore[misc]
    calls = 0

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self.calls += 1
        return inputs


@pytest.fixture(scope="module")
def signatures(exported: Path) -> Any:
    loaded = tf.saved_model.load(str(exported / "serving"))
    return {name: (function, loaded) for name, function in loaded.signatures.items()}


def call(signatures: Any, name: str, **inputs: Any) -> dict[str, np.ndarray]:
    return {key: value.numpy() for key, value in signatures[name][0](**inputs).items()}


def prepared(model: ServingModel, images: list[bytes]) -> tf.Tensor:
    return tf.stack([model.preprocessing.prepare(decode(tf.constant(each))) for each in images])


@pytest.mark.slow
def test_a_clean_process_answers_as_the_network_does(
    exported: Path, serving_model: ServingModel, encoded: dict[str, bytes]
) -> None:
    import base64

    samples = prepared(serving_model, list(encoded.values()))
    request = {
        "images": [base64.b64encode(each).decode() for each in encoded.values()],
        "samples": samples.numpy().tolist(),
    }
    python = [sys.executable, "-P", "-c", CLEAN, str(exported)]
    done = subprocess.run(
        python, input=json.dumps(request), capture_output=True, text=True, check=False, cwd=exported, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    expected = serving_model.network(samples, training=False).numpy()
    np.testing.assert_allclose(answers["keras"], expected, atol=1e-6)
    np.testing.assert_allclose(answers["serving"], answers["keras"], atol=1e-6)
    assert answers["labels"] == [serving_model.classes[each] for each in expected.argmax(axis=1)]
    assert len(set(answers["labels"])) > 1


def test_it_passes_the_inspection_of_saved_models_from_elsewhere(exported: Path) -> None:
    loaded = load_inspected(exported / "serving", what="run: serving")
    assert set(loaded.signatures) == {"serving_default", "samples", "inputs"}


def test_one_image_gets_the_same_answer_as_in_a_batch(signatures: Any, encoded: dict[str, bytes]) -> None:
    batch = call(signatures, "serving_default", images=tf.constant(list(encoded.values())))["probabilities"]
    for row, image in zip(batch, encoded.values(), strict=True):
        alone = call(signatures, "serving_default", images=tf.constant([image]))["probabilities"]
        np.testing.assert_allclose(alone[0], row, atol=1e-6)


def test_an_unreadable_image_leaves_the_others_alone(signatures: Any, encoded: dict[str, bytes]) -> None:
    good = encoded["png"]
    answers = call(signatures, "serving_default", images=tf.constant([b"hello", good, b"", good[:60]]))
    expected = call(signatures, "serving_default", images=tf.constant([good]))
    assert np.isnan(answers["probabilities"][[0, 2, 3]]).all()
    assert answers["label"].tolist() == [b"", expected["label"][0], b"", b""]
    np.testing.assert_allclose(answers["probabilities"][1], expected["probabilities"][0], atol=1e-6)


def test_a_batch_of_unreadable_images_only_is_answered_too(signatures: Any) -> None:
    assert call(signatures, "serving_default", images=tf.constant([b"hello"]))["label"].tolist() == [b""]


def test_prepared_samples_have_a_signature_of_their_own(
    signatures: Any, serving_model: ServingModel, encoded: dict[str, bytes]
) -> None:
    samples = prepared(serving_model, list(encoded.values()))
    answers = call(signatures, "samples", samples=samples)
    np.testing.assert_allclose(answers["probabilities"], serving_model.network(samples, training=False), atol=1e-6)
    assert answers["probabilities"].dtype == np.float32


def test_text_is_served_as_strings(tmp_path: Path) -> None:
    vectorize = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=["good", "bad", "film"])
    texts = keras.Input((), dtype="string", name="samples")
    kernel = keras.initializers.Constant([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0], [0.0, 0.0]])
    probabilities = keras.layers.Dense(2, activation="softmax", kernel_initializer=kernel)(vectorize(texts))
    network = keras.Model(texts, probabilities)
    preprocessing = Preprocessing(tf.strings.lower, vectorize, (), "string")
    export_saved_model(ServingModel(preprocessing, network, Classification(("up", "down")), "text"), tmp_path)
    serving = tf.saved_model.load(str(tmp_path / "serving"))
    answers = serving.signatures["serving_default"](texts=tf.constant(["A GOOD film", "bad, bad"]))
    assert answers["label"].numpy().tolist() == [b"up", b"down"]


def test_tables_of_files_travel_along(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("good\nbad\n")
    sense = Preprocessing(Sense(words), keras.layers.Identity(), (), "int64")
    samples = keras.Input((), dtype="int64", name="samples")
    answers = keras.layers.CategoryEncoding(3, output_mode="one_hot")(Tables()(samples))
    export_saved_model(
        ServingModel(sense, keras.Model(samples, answers), Classification(("none", "up", "down")), "text"), tmp_path
    )
    words.unlink()
    serving = tf.saved_model.load(str(tmp_path / "serving"))
    labels = serving.signatures["serving_default"](texts=tf.constant(["bad", "good", "?"]))["label"]
    assert labels.numpy().tolist() == [b"down", b"up", b"none"]


def test_a_network_is_traced_once_and_its_variables_written_once(tmp_path: Path) -> None:
    counting = Counting()
    observations = keras.Input((4,), name="samples")
    inner = keras.Sequential([keras.Input((4,)), counting, keras.layers.Dense(2, activation="softmax")])
    network = keras.Model(observations, inner(observations))
    preprocessing = Preprocessing(tf.identity, keras.layers.Identity(), (4,), "float32")
    before = counting.calls
    export_saved_model(ServingModel(preprocessing, network, Classification(("left", "right")), "rl"), tmp_path)
    assert counting.calls == before + 1
    written = [shape for _, shape in tf.train.list_variables(str(tmp_path / "serving" / "variables" / "variables"))]
    assert sorted(shape for shape in written if shape) == [[2], [4, 2]]


def test_observations_are_served_as_arrays(tmp_path: Path) -> None:
    observations = keras.Input((4,), name="samples")
    network = keras.Model(observations, keras.layers.Dense(2, activation="softmax")(observations))
    preprocessing = Preprocessing(lambda observation: observation * 2.0, keras.layers.Identity(), (4,), "float32")
    export_saved_model(ServingModel(preprocessing, network, Classification(("left", "right")), "rl"), tmp_path)
    serving = tf.saved_model.load(str(tmp_path / "serving"))
    raw = np.ones((3, 4), np.float32)
    answers = serving.signatures["serving_default"](observations=tf.constant(raw))
    np.testing.assert_allclose(answers["probabilities"], network(raw * 2.0), atol=1e-6)


def test_an_unknown_modality_is_refused(tmp_path: Path, serving_model: ServingModel) -> None:
    with pytest.raises(PluginError, match="did you mean 'vision'"):
        export_saved_model(replace(serving_model, modality="visoin"), tmp_path)


def test_an_export_takes_the_place_of_an_older_one_whole(tmp_path: Path, serving_model: ServingModel) -> None:
    old = tmp_path / "serving"
    old.mkdir()
    (old / "stray").write_text("older")
    export_saved_model(serving_model, tmp_path)
    assert not (old / "stray").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["serving"]


def test_a_failed_export_leaves_the_older_one_and_nothing_else(tmp_path: Path, serving_model: ServingModel) -> None:
    (tmp_path / "serving").mkdir()
    (tmp_path / "serving" / "older").touch()
    broken = replace(serving_model, network=keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
    with pytest.raises(ValueError, match="incompatible"):
        export_saved_model(broken, tmp_path)
    assert [each.name for each in tmp_path.rglob("*")] == ["serving", "older"]


def test_a_class_name_that_is_not_utf8_has_escapes(tmp_path: Path, serving_model: ServingModel) -> None:
    task = Classification(tuple(os.fsdecode(b"caf\xe9%d" % each) for each in range(3)))
    export_saved_model(replace(serving_model, task=task), tmp_path)
    serving = tf.saved_model.load(str(tmp_path / "serving"))
    answers = serving.signatures["samples"](samples=tf.zeros((1, 24, 32, 3)))
    assert answers["label"].numpy()[0].startswith(rb"caf\xe9")


@pytest.mark.slow
def test_serving_composites_transparent_pixels_as_training_did(tmp_path: Path) -> None:
    samples = keras.Input((4, 4, 3))
    network = keras.Model(samples, keras.layers.GlobalAveragePooling2D()(samples))
    preprocessing = Preprocessing(
        prepare=lambda image: tf.cast(image, tf.float32),
        normalize=keras.layers.Identity(),
        shape=(4, 4, 3),
        dtype="float32",
    )
    clear = tf.io.encode_png(np.zeros((4, 4, 4), np.uint8))
    means = []
    for background in ((255, 255, 255), (0, 128, 0)):
        reader = RawReader("images", decoder(background), "string")
        model = ServingModel(preprocessing, network, Classification(("r", "g", "b")), "vision", reader)
        folder = export_saved_model(model, tmp_path / str(background[0]))
        serve = tf.saved_model.load(str(folder)).signatures["serving_default"]
        means.append(serve(images=tf.reshape(clear, (1,)))["probabilities"][0].numpy().tolist())
    assert means == [[255, 255, 255], [0, 128, 0]]


@pytest.mark.parametrize("exporter", [SavedModel(), KerasFormat()])
def test_the_lines_of_python_in_a_readme_predict_like_the_network(
    exporter: Exporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = keras.Input((4,), name="samples")
    network = keras.Model(samples, keras.layers.Softmax()(keras.layers.Dense(2)(samples)))
    reader = RawReader("rows", lambda row: row, "float32", (4,))
    rows = Preprocessing(lambda row: row, keras.layers.Identity(), (4,), "float32")
    model = ServingModel(rows, network, Classification(("a", "b")), "rows", reader)
    path = exporter.export(model, {}, tmp_path)
    monkeypatch.chdir(tmp_path)
    given = np.arange(12, dtype=np.float32).reshape(3, 4)
    values: dict[str, Any] = {"inputs": {"samples": given}}
    exec(exporter.usage(path.name), values)
    np.testing.assert_allclose(np.asarray(values["predictions"]), network(given), atol=1e-6)
