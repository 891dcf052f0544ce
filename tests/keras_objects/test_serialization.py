"""Keras objects become configurations, and configurations the same objects; what cannot is refused."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import keras
import pytest

from tlzoo.api.recipe_arguments import recipe_values
from tlzoo.errors import UsageError
from tlzoo.keras_objects import KerasConfig, config_of, keras_object
from tlzoo.runs.recipe import Recipe, read_recipe, write_recipe

OBJECTS = [
    ("optimizer", keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0)),
    ("optimizer", keras.optimizers.AdamW(weight_decay=0.01, use_ema=True)),
    ("loss", keras.losses.CategoricalFocalCrossentropy(alpha=0.3, label_smoothing=0.1)),
    ("loss", keras.losses.Huber(delta=0.5)),  # Keras's own configuration forgets the delta
    ("metric", keras.metrics.AUC(curve="PR", name="pr")),
    ("metric", keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error, name="squares")),
    ("layer", keras.layers.Pipeline([keras.layers.RandomZoom(0.2), keras.layers.RandomFlip("horizontal")])),
]


@pytest.mark.parametrize(("kind", "given"), OBJECTS, ids=lambda each: getattr(each, "name", each))
def test_an_object_comes_back_with_its_settings(kind: str, given: Any) -> None:
    made = keras_object(KerasConfig.model_validate(config_of(given, kind)), kind)
    assert type(made) is type(given)
    own, other = given.get_config(), made.get_config()
    for rate in (own, other):
        rate.pop("learning_rate", None)
    assert other == own
    assert getattr(made, "_fn_kwargs", None) == getattr(given, "_fn_kwargs", None)


def test_a_missing_learning_rate_is_omitted() -> None:
    assert "learning_rate" not in config_of(keras.optimizers.Adam(), "optimizer")["config"]
    assert config_of(keras.optimizers.Adam(3e-4), "optimizer")["config"]["learning_rate"] == 3e-4


class Unregistered(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred


@keras.saving.register_keras_serializable("kobj")
class Forgetful(keras.losses.Loss):
    def __init__(self, weight: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.weight = weight

    def call(self, y_true, y_pred):
        return self.weight * y_pred

    @classmethod
    def from_config(cls, config):
        return cls(name=config["name"])

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


Torch = types.new_class("Adam", (), {}, lambda body: body.update(__module__="torch.optim.adam"))


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("optimizer", keras.optimizers.Adam, r"is the class Adam, not an object; write Adam\(\)"),
        ("optimizer", Torch(), r"is torch.optim.adam.Adam, not an optimizer of Keras 3; give keras.optimizers.Adam"),
        ("optimizer", keras.losses.Huber(), r"is keras.*Huber, not an optimizer of Keras 3"),
        (
            "optimizer",
            keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 9)),
            "schedules of their own, such as schedule='cosine'",
        ),
        ("optimizer", keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mixed_float16"),
        ("loss", Unregistered(), "register the class first"),
        ("loss", Forgetful(weight=2.0), "cannot be made again from its configuration: weight is lost"),
        ("layer", keras.layers.Lambda(lambda images: images), "Python code"),
    ],
)
def test_objects_that_a_recipe_cannot_store_are_refused(kind: str, given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        config_of(given, kind)


def test_an_optimizer_of_keras_2_is_refused_with_that_of_keras_3() -> None:
    import tf_keras

    with pytest.raises(UsageError, match=r"tf_keras.*SGD, not an optimizer of Keras 3; give keras.optimizers.SGD"):
        config_of(tf_keras.optimizers.SGD(), "optimizer")


def test_another_backend_of_keras_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError, match=r"Keras runs on jax in this process.*set KERAS_BACKEND=tensorflow"):
        config_of(OBJECTS[0][1], "optimizer")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"class_name": "Adm"}, "Keras has no optimizer 'Adm'; did you mean"),
        ({"class_name": "Adam", "config": {"lr": 0.1}}, "Keras cannot make the optimizer Adam: .*'lr'"),
        ({"class_name": "Huber", "module": "keras.losses"}, "Huber is not an optimizer of Keras"),
    ],
)
def test_a_configuration_that_keras_cannot_make_is_refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        keras_object(KerasConfig.model_validate(KerasConfig.of_kind(config, "optimizer")), "optimizer")


def test_a_metric_by_name_has_a_name_in_the_history() -> None:
    assert KerasConfig.of_metric("TopKCategoricalAccuracy")["config"] == {"name": "top_k_categorical_accuracy"}
    assert KerasConfig.of_metric("AUC")["config"] == {"name": "auc"}


def test_short_names_of_metrics_are_those_of_keras() -> None:
    for name, cls in (("auc", keras.metrics.AUC), ("mse", keras.metrics.MeanSquaredError)):
        assert type(keras_object(KerasConfig(**KerasConfig.of_metric(name)), "metric")) is cls
    with pytest.raises(UsageError, match="the metric 'accuracy' is for classes"):
        keras_object(KerasConfig(**KerasConfig.of_metric("accuracy")), "metric")


@pytest.mark.parametrize(
    ("given", "fix"),
    [
        (keras.losses.categorical_crossentropy, r"write keras.losses.CategoricalCrossentropy\(\)"),
        (lambda truth, answer: truth - answer, "register a class derived from keras.losses.Loss"),
    ],
)
def test_a_function_is_refused_with_its_class(given: Any, fix: str) -> None:
    with pytest.raises(UsageError, match=f"loss is the function .*, not an object; {fix}"):
        config_of(given, "loss")


@pytest.mark.parametrize("config", [{"num_thresholds": 10**11}, {"thresholds": [0.5, 10**11]}])
def test_a_number_that_would_need_all_memory_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="AUC has the number 100000000000, above 10000"):
        KerasConfig(module="keras.metrics", class_name="AUC", config=config)
    KerasConfig(module="keras.layers", class_name="RandomZoom", config={"seed": 10**11})


serialized = keras.saving.serialize_keras_object


def recipe_of(**fields: Any) -> Recipe:
    return read_recipe(None, recipe_values({"data": "digits:", "backbone": "glyphnet", **fields}))


def test_configurations_as_keras_writes_them_are_taken_like_objects(tmp_path: Path) -> None:
    optimizer, metric = keras.optimizers.SGD(0.02, momentum=0.9), keras.metrics.AUC(name="area")
    given = {"optimizer": optimizer, "loss": keras.losses.CategoricalFocalCrossentropy(), "metrics": [metric]}
    described = {name: serialized(value) for name, value in given.items() if name != "metrics"}
    expected = recipe_of(**given)
    for metrics in ([serialized(metric)], serialized(metric)):
        found = recipe_of(**described, metrics=metrics)
        assert {name: getattr(found, name) for name in given} == {name: getattr(expected, name) for name in given}
        write_recipe(tmp_path / "recipe.toml", found)
        assert read_recipe(tmp_path / "recipe.toml", {}) == found


def test_layers_are_taken_from_every_form_of_their_configuration() -> None:
    layers = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.RandomTranslation(0.1, 0.1)])
    one = serialized(layers.layers[0])
    forms = [serialized(layers), layers.get_config(), one, [one], {"name": "keras", "layers": [one]}]
    found = [recipe_of(augment=form).augment for form in forms]
    assert {each.name for each in found} == {"keras"}
    assert [[each["class_name"] for each in form.options["layers"]] for form in found] == [["RandomTranslation"]] * 5


@pytest.mark.parametrize("field", ["optimizer", "loss", "metrics"])
def test_options_without_a_class_are_refused_in_one_line(field: str) -> None:
    config = keras.optimizers.SGD().get_config()
    kind = field.removesuffix("s") if field == "metrics" else field
    with pytest.raises(UsageError, match=rf"^{field}: has no class_name; pass the {kind} itself, or keras.saving.s"):
        recipe_of(**{field: [config] if field == "metrics" else config})
