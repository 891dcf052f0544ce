"""Configurations of Keras objects in someone else's recipe: nothing but harmless classes of Keras, at any depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest

from tlzoo.artifacts.formats.keras_config import check_keras_config
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError

FLIP = {"class_name": "RandomFlip", "module": "keras.layers", "config": {"mode": "horizontal"}}


def wrapper(fn: Any) -> dict[str, Any]:
    return {"class_name": "MeanMetricWrapper", "module": "keras.metrics", "config": {"fn": fn}}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"class_name": "Lambda", "module": "keras.layers", "config": {}}, "Python code"),
        ({"class_name": "TFSMLayer", "module": "keras.layers", "config": {"filepath": "x"}}, "SavedModel"),
        ({"class_name": "Popen", "module": "subprocess"}, "neither Keras nor this process"),
        ({"class_name": "load_model", "module": "keras.models"}, "neither Keras nor this process"),
        ({"class_name": "Lambda", "module": "keras.src.layers.core.lambda_layer"}, "Python code"),
        ({"class_name": "Adam", "module": "keras.src.optimizers.adam"}, "neither Keras nor this process"),
        ({"class_name": "Adam", "module": "keras.optimizers", "registered_name": "acme>Adam"}, "acme>Adam"),
        ({"class_name": "Adam", "module": "keras.optimizers", "registered_name": "tlzoo>HubLayer"}, "tlzoo>HubLayer"),
        ({"class_name": "Model", "module": "keras", "compile_config": {}}, "compiled model"),
        ({"class_name": "__lambda__", "config": {"value": "x"}}, "Python code"),
        ({"class_name": "__typespec__", "config": []}, "not a class name"),
        ({"class_name": 3}, "not a class name"),
        (wrapper({"class_name": "function", "module": "keras.utils", "config": "get_file"}), "not Keras's"),
        (wrapper({"class_name": "function", "module": "builtins", "config": "deserialize"}), "not a function of Keras"),
        (wrapper({"class_name": "function", "module": "builtins", "config": "os.system"}), "not a function of Keras"),
        (wrapper({"class_name": "__lambda__", "config": {"value": "x"}}), "Python code"),
        (
            {
                "class_name": "Pipeline",
                "module": "keras.layers",
                "config": {"layers": [FLIP, {"class_name": "Lambda", "module": "keras.layers", "config": {}}]},
            },
            "Python code",
        ),
        (
            {"class_name": "StringLookup", "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}},
            "the file '/etc/passwd'",
        ),
    ],
)
def test_harmful_content_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(BytesRefusedError, match=said):
        check_keras_config(config, "the recipe")


def test_harmless_classes_and_functions_of_keras_pass() -> None:
    check_keras_config({"class_name": "Pipeline", "module": "keras.layers", "config": {"layers": [FLIP]}}, "")
    check_keras_config(keras.saving.serialize_keras_object(keras.layers.RandAugment()), "")
    check_keras_config(wrapper({"class_name": "function", "module": "builtins", "config": "mean_squared_error"}), "")


def test_a_class_that_this_process_registers_passes() -> None:
    config = {"class_name": "Fresh", "module": None, "registered_name": "kobj>Fresh", "config": {}}
    with pytest.raises(BytesRefusedError, match=r"register the class first with @keras\.saving"):
        check_keras_config(config, "the recipe")
    keras.saving.register_keras_serializable("kobj", "Fresh")(type("Fresh", (keras.losses.Loss,), {}))
    check_keras_config(config, "the recipe")


@pytest.mark.parametrize(
    "table",
    [
        '[augment]\nname = "keras"\n[[augment.layers]]\nclass_name = "Lambda"\nmodule = "keras.layers"',
        '[optimizer]\nclass_name = "system"\nmodule = "os"',
        '[[metrics]]\nclass_name = "MeanMetricWrapper"\n[metrics.config.fn]\nclass_name = "function"\n'
        'module = "keras.utils"\nconfig = "get_file"',
        '[loss]\nclass_name = "Loss"\nregistered_name = "them>Loss"',
    ],
)
def test_a_recipe_with_such_a_configuration_ends_with_exit_code_4(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "theirs.toml"
    recipe.write_text(f'data = "digits:"\nbackbone = "glyphnet"\n{table}\n')
    assert main(["train", str(recipe), "--out", str(tmp_path / "runs")]) == 4
    assert capsys.readouterr().err.startswith("tlzoo: the configuration of ")
    assert not (tmp_path / "runs").exists()
