"""A SavedModel as a Keras layer: what its user sees of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from made_modules import SIDE, SIZE

from tlzoo.backbones import HubLayer, precision
from tlzoo.errors import BytesRefusedError, EntryError, UsageError

Made = Callable[[str], Path]


def images(count: int = 16) -> np.ndarray:
    return np.random.default_rng(0).random((count, SIDE, SIDE, 3)).astype("float32")


def model_of(layer: HubLayer) -> keras.Model:
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), layer, keras.layers.Dense(2, kernel_initializer="zeros", name="head")]
    )


def fitted(layer: HubLayer, optimizer: object = "adam", epochs: int = 2) -> keras.Model:
    model = model_of(layer)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images(), np.arange(16) % 2, batch_size=8, epochs=epochs, verbose=0, shuffle=False)
    return model


def values(layer: HubLayer) -> dict[str, np.ndarray]:
    return {variable.path.partition("/")[2]: variable.numpy() for variable in layer.weights}


def moved(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> set[str]:
    return {name for name in before if not np.array_equal(before[name], after[name])}


STATISTICS = {f"net/block{block}/moving_{each}" for block in (1, 2) for each in ("mean", "variance")}


def test_weights_are_those_of_the_module_under_its_names(made: Made) -> None:
    layer = HubLayer(str(made("network")), name="hub")
    assert "hub/net/block1/kernel" in [variable.path for variable in layer.weights]
    assert len(layer.weights) == 11
    assert set(layer.variable_names).isdisjoint(STATISTICS)


def test_a_frozen_layer_does_not_change_and_adds_no_loss(made: Made) -> None:
    layer = HubLayer(str(made("network")))
    before = values(layer)
    model = fitted(layer)
    assert not moved(before, values(layer))
    assert not model.losses
    assert len(model.trainable_variables) == 2


def test_training_all_variables_also_moves_batch_statistics(made: Made) -> None:
    layer = HubLayer(str(made("network")), trainable=True)
    before = values(layer)
    model = fitted(layer)
    assert moved(before, values(layer)) == before.keys()
    assert len(model.losses) == 2


def test_only_variables_matching_the_globs_are_trained(made: Made) -> None:
    layer = HubLayer(str(made("network")), trainable=True, unfreeze=["*/block2/*", "*/dense/*"])
    before = values(layer)
    model = fitted(layer)
    assert len(model.trainable_variables) == 4 + 2
    assert moved(before, values(layer)) == {
        f"net/{each}" for each in ("block2/kernel", "block2/gamma", "block2/beta", "dense/kernel")
    }


def test_frozen_again_it_stays(made: Made) -> None:
    layer = HubLayer(str(made("network")), trainable=True)
    layer.trainable = False
    before = values(layer)
    fitted(layer)
    assert not moved(before, values(layer))
    layer.trainable = True
    layer.set_trainable(True, ["*/gamma"])
    assert [variable.name for variable in layer.trainable_variables] == ["gamma", "gamma"]


def test_regularization_losses_are_those_of_the_module(made: Made) -> None:
    layer = HubLayer(str(made("network")), trainable=True)
    layer(images(1))
    kernels = [value for name, value in values(layer).items() if name.endswith("kernel") and "block" in name]
    expected = [0.01 * np.square(kernel).sum() / 2 for kernel in kernels]
    np.testing.assert_allclose([float(loss) for loss in layer.losses], expected, rtol=1e-6)


def test_arguments_reach_the_module(made: Made) -> None:
    layers = [
        HubLayer(str(made("network")), trainable=True, arguments={"batch_norm_momentum": momentum})
        for momentum in (0.9, 0.5)
    ]
    for layer in layers:
        layer(images(), training=True)
    slow, fast = (values(layer)["net/block1/moving_variance"] for layer in layers)
    np.testing.assert_allclose((1 - fast) / (1 - slow), 5, rtol=1e-4)


def test_dicts_go_in_and_come_out(made: Made) -> None:
    layer = HubLayer(str(made("two_inputs")), trainable=True)
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in ("ids", "mask")}
    outputs = layer(inputs)
    assert outputs.keys() == {"pooled", "sequence", "layers"}
    model = keras.Model(inputs, outputs["pooled"])
    given = {"ids": np.ones((2, 3), "int32"), "mask": np.ones((2, 3), "int32")}
    assert model.predict(given, verbose=0).shape == (2, 4)


@pytest.mark.parametrize(("key", "shape"), [("pooled", (2, 4)), ("sequence", (2, 3, 4)), ("layers/1", (2, 3, 4))])
def test_output_key_chooses_one(made: Made, key: str, shape: tuple[int, ...]) -> None:
    layer = HubLayer(str(made("two_inputs")), output_key=key)
    assert layer({"ids": tf.ones((2, 3), tf.int32), "mask": tf.ones((2, 3), tf.int32)}).shape == shape


def test_an_endpoint_is_called_in_place_of_the_module(made: Made) -> None:
    layer = HubLayer(str(made("two_inputs")), endpoint="counts")
    given = {"ids": tf.ones((2, 3), tf.int32), "mask": tf.ones((2, 3), tf.int32)}
    assert layer(given).numpy().tolist() == [3, 3]


def test_strings_go_in_and_the_vocabulary_comes_along(made: Made, tmp_path: Path) -> None:
    layer = HubLayer(str(made("sentences")), trainable=True)
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, keras.layers.Dense(1)(layer(texts)))
    model.compile("adam", "mse")
    given = tf.constant(["good film", "bad film", ""])
    model.fit(given, np.array([1.0, 0.0, 0.5]), epochs=1, verbose=0)
    expected = model.predict(given, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(given, verbose=0), expected)
    model.export(tmp_path / "serving", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "serving"))
    np.testing.assert_allclose(served.serve(given).numpy(), expected, atol=1e-6)


def test_a_plain_module_trains_its_trainable_variables(made: Made) -> None:
    layer = HubLayer(str(made("plain_module")), trainable=True, name="hub")
    assert [variable.path for variable in layer.trainable_variables] == ["hub/w", "hub/w_1"]
    assert [variable.path for variable in layer.non_trainable_variables] == ["hub/steps"]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(tf.ones((2, 4))))
    assert all(gradient is not None for gradient in tape.gradient(loss, [v.value for v in layer.trainable_variables]))


def test_a_keras_export_is_used_frozen_with_a_note(made: Made) -> None:
    folder = str(made("keras_export"))
    assert HubLayer(folder)(images(2)).shape == (2, 4)
    with pytest.raises(UsageError, match=r"called through a Keras export and cannot be trained; use it frozen"):
        HubLayer(folder, trainable=True)


def test_a_signature_is_used_frozen(made: Made) -> None:
    folder = str(made("signatures"))
    assert HubLayer(folder)(tf.ones((2, 4))).shape == (2, 2)
    assert HubLayer(folder, signature="both")(tf.ones((2, 4))).keys() == {"logits", "x"}
    assert HubLayer(folder, signature="both", output_key="x")(tf.ones((2, 4))).shape == (2, 4)
    with pytest.raises(UsageError, match="called through a signature"):
        HubLayer(folder, trainable=True)


def test_tf1_hub_format_is_refused(made: Made) -> None:
    with pytest.raises(UsageError, match="is in the format of TF1 Hub, which TensorFlow 2 cannot fine-tune"):
        HubLayer(str(made("old_format")))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trainable": True, "unfreeze": ["*/blok2/*"]}, r"'\*/blok2/\*' matches no trainable variable"),
        ({"endpoint": "encod"}, "unknown endpoint 'encod'"),
        ({"signature": "serve"}, "unknown signature 'serve'"),
        ({"signature": "serve", "endpoint": "x"}, "endpoint and signature are both set"),
        ({"dtype": "mixed_bfloat16"}, "computes in its saved types"),
    ],
)
def test_wrong_names_are_reported(made: Made, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        HubLayer(str(made("network")), **options)


def test_a_missing_output_is_reported(made: Made) -> None:
    layer = HubLayer(str(made("two_inputs")), output_key="poold")
    with pytest.raises(UsageError, match="has no output 'poold'; did you mean 'pooled'"):
        layer({"ids": tf.ones((2, 3), tf.int32), "mask": tf.ones((2, 3), tf.int32)})


def test_a_folder_that_is_not_a_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EntryError, match="does not exist"):
        HubLayer(str(tmp_path / "nothing"))
    with pytest.raises(BytesRefusedError, match="has 0 SavedModels"):
        HubLayer(str(tmp_path))


def test_a_changed_module_is_refused(made: Made, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(made("signatures"), tmp_path / "module"))
    known = HubLayer(str(folder)).hash
    HubLayer(str(folder), hash=known)
    data = next(folder.glob("variables/*.data*"))
    data.write_bytes(data.read_bytes()[:-1] + b"x")
    with pytest.raises(BytesRefusedError, match="not the declared"):
        HubLayer(str(folder), hash=known)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_around_it(made: Made, policy: str) -> None:
    with precision(policy):
        layer = HubLayer(str(made("network")), trainable=True)
        model = fitted(layer, epochs=1)
    assert model.get_layer("head").compute_dtype == policy.removeprefix("mixed_")
    assert {variable.dtype for variable in layer.weights} == {"float32"}
    assert np.isfinite(model.predict(images(), verbose=0)).all()


def test_rates_of_its_own_and_averages(made: Made) -> None:
    layer = HubLayer(str(made("network")), trainable=True, name="hub")
    before = values(layer)
    slow, fast = keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    fitted(layer, keras.optimizers.MultiOptimizer(lambda variable: slow if variable.path.startswith("hub") else fast))
    assert moved(before, values(layer)) == STATISTICS
    fitted(layer, keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    assert moved(before, values(layer)) == before.keys()


def test_training_after_saving_and_loading_equals_uninterrupted_training(made: Made, tmp_path: Path) -> None:
    layer = HubLayer(str(made("network")), trainable=True, unfreeze=["*/block2/*"], name="hub")
    model = fitted(layer)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [variable.path for variable in again.layers[0].trainable_variables] == [
        variable.path for variable in layer.trainable_variables
    ]
    for each in (model, again):
        each.fit(images(), np.arange(16) % 2, batch_size=8, epochs=1, verbose=0, shuffle=False)
    np.testing.assert_array_equal(again.predict(images(), verbose=0), model.predict(images(), verbose=0))


def test_weights_alone_go_into_a_layer_that_trains_otherwise(made: Made, tmp_path: Path) -> None:
    model = fitted(HubLayer(str(made("network")), trainable=True, name="hub"))
    model.save_weights(tmp_path / "some.weights.h5")
    other = model_of(HubLayer(str(made("network")), trainable=True, unfreeze=["*/gamma"], name="hub"))
    other.load_weights(tmp_path / "some.weights.h5")
    np.testing.assert_array_equal(other.predict(images(), verbose=0), model.predict(images(), verbose=0))


def test_a_model_moved_without_its_module_names_the_missing_module(made: Made, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(made("network"), tmp_path / "module"))
    model_of(HubLayer(str(folder))).save(tmp_path / "model.keras")
    shutil.move(folder, tmp_path / "elsewhere")
    with pytest.raises(EntryError, match=r"the saved model needs .*/module .*tree-sha256:.*, which is not on this"):
        keras.models.load_model(tmp_path / "model.keras")


def test_a_copy_has_variables_of_its_own(made: Made) -> None:
    model = model_of(HubLayer(str(made("network")), trainable=True))
    copy = keras.models.clone_model(model)
    copy.layers[0].weights[0].assign(np.zeros((3, 3, 3, 4)))
    assert np.abs(model.layers[0].weights[0].numpy()).max() > 0
    assert copy.predict(images(2), verbose=0).shape == (2, 2)


def test_vectors_have_a_static_shape(made: Made) -> None:
    assert HubLayer(str(made("network")))(keras.Input((SIDE, SIDE, 3))).shape == (None, SIZE)
