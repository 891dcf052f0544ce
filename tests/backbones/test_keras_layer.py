from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import tlzoo
from tlzoo.errors import UsageError
from tlzoo.strategies import head, matching, stages, top
from tlzoo.zoo.loaded_backbone import LoadedBackbone

COUNT = 6


@pytest.fixture(scope="module")
def backbone() -> LoadedBackbone:
    return tlzoo.load_backbone("glyphnet")


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (COUNT, 24, 40, 3)).astype(np.uint8)


LABELS = np.arange(COUNT) % 2


def values(model: keras.Layer) -> list[np.ndarray]:
    return [np.array(each) for each in model.weights]


def fitted(layer: keras.Layer, images: np.ndarray) -> keras.Model:
    model = keras.Sequential([layer, keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.fit(images, LABELS, epochs=1, verbose=0)
    return model


def moved(before: list[np.ndarray], after: list[np.ndarray]) -> int:
    return sum(bool((a != b).any()) for a, b in zip(before, after, strict=True))


@pytest.mark.slow
def test_a_frozen_layer_is_unchanged_by_fit_and_its_batch_norm_uses_stored_statistics(
    backbone: LoadedBackbone, images: np.ndarray
) -> None:
    layer = backbone.layer()
    before = values(layer)
    fitted(layer, images)
    assert moved(before, values(layer)) == 0
    np.testing.assert_array_equal(layer(images, training=True), layer(images, training=False))
    np.testing.assert_allclose(layer(images), backbone(images), atol=1e-5, rtol=1e-5)


def test_a_selection_trains_its_stages_alone_and_leaves_the_backbone_as_it_was(
    backbone: LoadedBackbone, images: np.ndarray
) -> None:
    layer, own = backbone.layer(trainable=stages("block4")), values(backbone.model)
    batch_norm = ("gamma", "beta", "moving_mean", "moving_variance")
    chosen = {path for path in layer.stages["block4"] if not path.endswith(batch_norm)}
    before = {each.path: np.array(each) for each in layer.weights}
    fitted(layer, images)
    assert {path for path, value in before.items() if (value != np.array(by_path(layer)[path])).any()} == chosen
    assert moved(own, values(backbone.model)) == 0


def by_path(layer: keras.Layer) -> dict[str, keras.Variable]:
    return {each.path: each for each in layer.weights}


@pytest.mark.slow
def test_batch_norm_trains_where_its_statistics_do(backbone: LoadedBackbone, images: np.ndarray) -> None:
    layer = backbone.layer(trainable=True, statistics="trained")
    before = values(layer)
    fitted(layer, images)
    assert moved(before, values(layer)) == len(before)


def test_single_variables_can_be_selected(backbone: LoadedBackbone) -> None:
    layer = backbone.layer(trainable=matching("*block3*/kernel") & top(2))
    assert layer.trainable_variables
    assert all(each.path.endswith("kernel") for each in layer.trainable_variables)


def test_freezing_and_training_again_keeps_the_selection(backbone: LoadedBackbone) -> None:
    layer = backbone.layer(trainable=top(1))
    chosen = [each.path for each in layer.trainable_variables]
    layer.trainable = False
    assert not layer.trainable_variables
    layer.trainable = True
    assert [each.path for each in layer.trainable_variables] == chosen
    layer.set_trainable(top(2))
    assert len(layer.trainable_variables) > len(chosen)


def test_an_empty_selection_is_refused(backbone: LoadedBackbone) -> None:
    with pytest.raises(UsageError, match="selects no variable"):
        backbone.layer(trainable=head())


def test_images_of_any_size_in_a_functional_model(backbone: LoadedBackbone, images: np.ndarray) -> None:
    inputs = keras.Input((None, None, 3))
    model = keras.Model(inputs, backbone.layer()(inputs))
    assert model.output.shape == (None, 224)
    np.testing.assert_allclose(model.predict(images, verbose=0), backbone.predict(images), atol=1e-5, rtol=1e-5)
    np.testing.assert_allclose(model(images[:, :20, :20]), backbone(images[:, :20, :20]), atol=1e-5, rtol=1e-5)


@keras.saving.register_keras_serializable("tests_of_tlzoo")
class Own(keras.Model):
    def __init__(self, features: keras.Layer, **options) -> None:
        super().__init__(**options)
        self.features = features
        self.dense = keras.layers.Dense(2)

    def call(self, inputs):
        return self.dense(self.features(inputs))

    def get_config(self):
        return super().get_config() | {"features": keras.saving.serialize_keras_object(self.features)}

    @classmethod
    def from_config(cls, config):
        return cls(keras.saving.deserialize_keras_object(config.pop("features")), **config)


@pytest.mark.slow
def test_a_subclassed_model_is_saved_and_loaded(backbone: LoadedBackbone, images: np.ndarray, tmp_path: Path) -> None:
    model = Own(backbone.layer(trainable=top(1)))
    model.compile("sgd", "mse")
    model.fit(images, np.zeros((COUNT, 2)), verbose=0)
    model.save(tmp_path / "own.keras")
    loaded = keras.models.load_model(tmp_path / "own.keras")
    np.testing.assert_allclose(loaded(images), model(images), atol=1e-5, rtol=1e-5)
    assert len(loaded.trainable_variables) == len(model.trainable_variables)


LOADS = """
import sys
{imports}
import numpy
model = keras.models.load_model(sys.argv[1])
images = numpy.random.default_rng(0).integers(0, 256, (6, 24, 40, 3)).astype("uint8")
print(model.predict(images, verbose=0).tolist(), len(model.trainable_variables))
"""


@pytest.fixture(scope="module")
def saved(
    backbone: LoadedBackbone, images: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> tuple[keras.Model, Path]:
    """A fitted model with a layer of the backbone, and its file."""
    model, path = fitted(backbone.layer(trainable=top(1)), images), tmp_path_factory.mktemp("saved") / "model.keras"
    model.save(path)
    return model, path


@pytest.mark.slow
@pytest.mark.parametrize("imports", ["import keras, tlzoo", "import tlzoo, tensorflow, keras"])
def test_plain_keras_loads_a_saved_layer_after_importing_tlzoo(
    saved: tuple[keras.Model, Path], images: np.ndarray, imports: str
) -> None:
    model, path = saved
    command = [sys.executable, "-c", LOADS.format(imports=imports), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers, _, trained = done.stdout.strip().rpartition(" ")
    np.testing.assert_allclose(np.array(eval(answers)), model.predict(images, verbose=0), atol=1e-5, rtol=1e-5)
    assert int(trained) == len(model.trainable_variables)


def test_a_saved_layer_holds_no_code(backbone: LoadedBackbone) -> None:
    text = repr(keras.saving.serialize_keras_object(backbone.layer()))
    assert "Lambda" not in text
    assert "__lambda__" not in text


@pytest.mark.slow
def test_half_precision_sees_whole_pixels(images: np.ndarray) -> None:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        backbone = tlzoo.load_backbone("glyphnet")
        model = fitted(backbone.layer(trainable=True), images)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.layers[0].features.get_layer("backbone").compute_dtype == "bfloat16"
    assert backbone.request.dtype == "mixed_bfloat16"
    exact = tlzoo.load_backbone("glyphnet", precision="float32")
    np.testing.assert_allclose(backbone.predict(images), exact.predict(images), atol=0.15)
    assert np.isfinite(model.predict(images, verbose=0)).all()


@pytest.mark.parametrize(
    ("shape", "said"),
    [((None, 3, 24, 24), "move the channels to the end"), ((None, 24, 24, 4), "1 or 3"), ((None, 24), "1 or 3")],
)
def test_wrong_shapes_are_refused_in_one_line(backbone: LoadedBackbone, shape: tuple, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        backbone.layer()(keras.KerasTensor(shape))


def test_a_layer_of_images_refuses_strings(backbone: LoadedBackbone) -> None:
    with pytest.raises(UsageError, match="takes images, not strings"):
        backbone.layer()(keras.KerasTensor((None,), dtype="string"))
