"""Formats with a runtime of their own: files predict like the network that they were made of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.backbones import Preprocessing, image_preprocessing
from tlzoo.errors import ExportError, UsageError
from tlzoo.export import LiteRT, Onnx, ServingModel, numeric_inputs, numeric_network, sample_inputs
from tlzoo.runs.opening.exporters import find_exporters
from tlzoo.tasks import Classification
from tlzoo.testing import check_exporter

QUANTIZED = ["litert:float16", "litert:dynamic", "litert:int8", "onnx:int8", "openvino:int8"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["saved-model", "litert", "onnx", "openvino", *QUANTIZED])
def test_formats_of_the_core_pass_the_kit(name: str) -> None:
    exporter = find_exporters([name])[name]
    report = check_exporter(exporter.format)
    assert [(each.name, each.reason) for each in report.results if each.outcome == "failed"] == []
    assert (report.run, report.skipped) == (4, 0)


class Letters(keras.layers.Layer):
    """Texts to the codes of their first four letters."""

    def call(self, texts):
        import tensorflow as tf

        codes = tf.strings.unicode_decode(texts, "UTF-8")[:, :4].to_tensor(0, shape=(None, 4)) % 1000
        return tf.ensure_shape(codes, (None, 4))

    def compute_output_spec(self, texts):
        return keras.KerasTensor((*texts.shape, 4), dtype="int32")


def text_model() -> ServingModel:
    letters = Letters(name="letters")
    samples = keras.Input((), dtype="string", name="samples")
    codes = letters(samples)
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(1000, 3)(codes))
    answers = keras.layers.Softmax()(keras.layers.Dense(2)(x))
    return ServingModel(
        Preprocessing(lambda raw: raw, letters, (), "string"),
        keras.Model(samples, answers),
        Classification(("a", "b")),
        "text",
    )


def test_a_network_of_texts_is_exported_from_its_token_ids_on(tmp_path: Path) -> None:
    import tensorflow as tf

    model, texts = text_model(), ["some", "é", "of these 🙂"]
    inputs = numeric_inputs(model, tf.constant(texts))
    assert {name: (each.shape, str(each.dtype)) for name, each in inputs.items()} == {"token_ids": ((3, 4), "int32")}
    wanted = model.network(tf.constant(texts)).numpy()
    np.testing.assert_allclose(numeric_network(model)(inputs["token_ids"]), wanted, atol=1e-6)
    path = LiteRT().export(model, inputs, tmp_path)
    np.testing.assert_allclose(LiteRT().open(path, 1)(inputs), wanted, atol=1e-6)
    for given in (np.array(texts), np.array(texts, object), tf.constant(texts)):
        assert [each.decode() for each in sample_inputs(model, given)["samples"]] == texts


def test_texts_without_a_tokenizer_layer_are_refused() -> None:
    model = text_model()
    other = Preprocessing(model.preprocessing.prepare, Letters(), (), "string")
    with pytest.raises(ExportError, match="its tokenizer is not a layer of it; use saved-model or keras"):
        numeric_network(ServingModel(other, model.network, model.task, "text"))


class SingularValues(keras.layers.Layer):
    """An operation that LiteRT does not have."""

    def call(self, x):
        import tensorflow as tf

        return tf.linalg.svd(x[:, tf.newaxis, :], compute_uv=False)

    def compute_output_spec(self, x):
        return keras.KerasTensor((x.shape[0], 1))


def test_an_operation_that_the_format_lacks_is_refused_in_one_line(tmp_path: Path) -> None:
    samples = keras.Input((3,), name="samples")
    network = keras.Model(samples, SingularValues()(samples))
    preprocessing = image_preprocessing((1, 3), 1)
    model = ServingModel(preprocessing, network, Classification(("a", "b", "c")), "vision")
    with pytest.raises(ExportError, match="litert cannot express this network") as found:
        LiteRT().export(model, {"samples": np.ones((2, 3), np.float32)}, tmp_path)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 450
    assert list(tmp_path.iterdir()) == []


def test_a_format_has_precisions_and_options() -> None:
    found = find_exporters(["onnx?opset=17", "litert:int8?calibration=20", "litert"])
    assert [each.format for each in found.values()] == ["onnx", "litert:int8", "litert"]
    assert found["onnx?opset=17"].facts() == {"opset": 17}
    assert found["litert"] == LiteRT(precision="float32")
    with pytest.raises(UsageError, match="'opset' in the format 'onnx\\?opset' is not an option"):
        find_exporters(["onnx?opset"])
    with pytest.raises(UsageError, match="the format 'onnx\\?opset=3', option 'opset': Input should be"):
        find_exporters(["onnx?opset=3"])


@pytest.mark.slow
def test_the_operator_set_of_an_onnx_file_is_the_named_one(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")

    samples = keras.Input((3,), name="samples")
    exact_gelu = keras.layers.Lambda(lambda x: keras.ops.gelu(x, approximate=False))  # as in transformers
    network = keras.Model(samples, exact_gelu(keras.layers.Dense(2)(samples)))
    model = ServingModel(image_preprocessing((1, 3), 1), network, Classification(("a", "b")), "vision")
    inputs = {"samples": np.float32([[1, 1, 1], [-2, 0, 3]])}
    path = Onnx(opset=15).export(model, inputs, tmp_path)
    assert {each.version for each in onnx.load(path).opset_import if each.domain == ""} == {15}
    np.testing.assert_allclose(Onnx().open(path, 1)(inputs), network(inputs["samples"]), atol=1e-6)


@pytest.mark.parametrize("where", ["opened", "run"])
def test_litert_goes_on_without_xnnpack_where_that_fails(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")

    class Interpreter:
        """Fails as ai-edge-litert does for MobileNetV2 in int8, and for BERT in int8 in batches."""

        def __init__(self, **options: object) -> None:
            self.operations = options["experimental_op_resolver_type"]

        def fail(self, now: str) -> None:
            if now == where and self.operations is interpreter.OpResolverType.AUTO:
                raise RuntimeError("failed to create XNNPACK runtime")

        def allocate_tensors(self) -> None:
            self.fail("opened")

        def get_signature_runner(self):
            def run(**inputs):
                self.fail("run")
                return {"answers": inputs["samples"] + 1}

            return run

    monkeypatch.setattr(interpreter, "Interpreter", Interpreter)
    predict = LiteRT().open(Path("model.tflite"), 1)
    assert predict({"samples": np.zeros((2, 1), np.float32)}).tolist() == [[1], [1]]


def test_the_worker_reports_an_unreadable_file_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_text("not a network")
    job = {"name": "litert", "options": {}, "path": str(tmp_path / "model.tflite"), "inputs": {}, "threads": 1}
    words = [sys.executable, "-m", "tlzoo.export.worker"]
    done = subprocess.run(words, input=json.dumps(job), capture_output=True, text=True, check=True)
    assert "error" in json.loads(done.stdout.splitlines()[-1])
