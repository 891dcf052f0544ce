from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tlzoo
from tlzoo.backbones import BackboneLayer
from tlzoo.errors import DataError, EntryError, TlzooError, UsageError
from tlzoo.strategies import top
from tlzoo.tasks import Regression
from tlzoo.zoo.loaded_backbone import LoadedBackbone

COUNT, SIZE = 5, 224


@pytest.fixture(scope="module")
def backbone() -> LoadedBackbone:
    return tlzoo.load_backbone("glyphnet", image_size=48)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (COUNT, 40, 50, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def features(backbone: LoadedBackbone, images: np.ndarray) -> np.ndarray:
    return backbone.predict(images)


def same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-5)


def test_calling_a_backbone_gives_pooled_features(
    backbone: LoadedBackbone, images: np.ndarray, features: np.ndarray
) -> None:
    assert features.shape == (COUNT, SIZE)
    assert features.dtype == np.float32
    same(backbone(images), features)
    same(backbone.predict(images, batch_size=2), features)


@pytest.mark.slow
def test_every_form_of_the_same_images_gives_the_same_features(
    backbone: LoadedBackbone, images: np.ndarray, features: np.ndarray, tmp_path: Path
) -> None:
    for number, each in enumerate(images):
        Image.fromarray(each).save(tmp_path / f"{number}.png")
    paths = sorted(tmp_path.glob("*.png"))
    stream = tf.data.Dataset.from_tensor_slices((images, np.arange(COUNT)))
    forms = {
        "list of arrays": list(images),
        "tensor": tf.constant(images),
        "floats": images.astype(np.float64),
        "PIL images": [Image.fromarray(each) for each in images],
        "paths": paths,
        "strings": list(map(str, paths)),
        "folder": str(tmp_path),
        "bytes": [path.read_bytes() for path in paths],
        "stream": stream,
        "batched stream": stream.batch(2),
        "stream without labels": stream.map(lambda image, _: image),
    }
    for form, given in forms.items():
        np.testing.assert_allclose(backbone.predict(given), features, atol=1e-5, rtol=1e-5, err_msg=form)
    same(backbone.predict(paths[0]), features[:1])
    same(backbone.predict(images[0]), features[:1])


def test_images_of_several_sizes_in_one_list(
    backbone: LoadedBackbone, images: np.ndarray, features: np.ndarray
) -> None:
    mixed = backbone.predict([images[0], images[1, :20, :30], images[2, ..., 0]])
    same(mixed[0], features[0])
    same(mixed[1:2], backbone.predict(images[1, :20, :30]))
    same(mixed[2:], backbone.predict(images[2, ..., 0]))


@pytest.mark.slow
def test_a_source_string_names_a_data_set(backbone: LoadedBackbone) -> None:
    assert backbone.predict("digits:").shape == (1797, SIZE)


def test_a_backbone_is_called_within_a_pipeline(
    backbone: LoadedBackbone, images: np.ndarray, features: np.ndarray
) -> None:
    stream = tf.data.Dataset.from_tensor_slices(images).batch(2).map(backbone)
    same(np.concatenate(list(stream.as_numpy_iterator())), features)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.full((2, 8, 8, 3), 0.5), "look scaled"),
        ([1, 2], "not int: 1"),
        ("nothing.png", "nothing.png cannot be read: the file does not exist"),
        ([b"no image"], "8 bytes cannot be read"),
        ([], "no inputs"),
        ({"a": 1}, "not a value of type dict"),
        (tf.data.Dataset.range(3), "it must yield images, batched or not"),
        (tf.data.Dataset.from_tensors(np.zeros((8, 8, 3))).repeat(), "endless"),
        (tf.data.Dataset.from_tensors(np.full((8, 8, 3), 0.5)), "look scaled"),
    ],
)
def test_wrong_input_is_refused_in_one_line(backbone: LoadedBackbone, given: object, said: str) -> None:
    with pytest.raises((UsageError, DataError), match=said) as refused:
        backbone.predict(given)
    assert "\n" not in str(refused.value)


def test_a_symbolic_input_is_refused_in_favour_of_the_layer(backbone: LoadedBackbone) -> None:
    with pytest.raises(UsageError, match=r"use backbone\.layer\(\)\(inputs\)"):
        backbone(keras.Input((8, 8, 3)))


def test_a_summary_lists_stages_and_parameters(backbone: LoadedBackbone) -> None:
    lines: list[str] = []
    backbone.summary(lines.append)
    (text,) = lines
    assert [line.split()[0] for line in text.splitlines()[3:]] == [stage.name for stage in backbone.stages]
    assert f"{backbone.model.count_params():,} parameters" in text
    assert "vision/glyphnet.glyphs" in repr(backbone)
    assert "\n" not in repr(backbone)


@pytest.mark.parametrize("argument", [{"weights": "none"}, {"precision": "float12"}])
def test_wrong_arguments_are_usage_errors(argument: dict) -> None:
    with pytest.raises(UsageError, match=next(iter(argument.values()))):
        tlzoo.load_backbone("glyphnet", **argument)


def test_an_unknown_entry_names_the_nearest() -> None:
    with pytest.raises(EntryError, match="did you mean 'vision/glyphnet"):
        tlzoo.load_backbone("glyphnt")


@pytest.fixture(scope="module")
def texts() -> LoadedBackbone:
    return tlzoo.load_backbone("static.minilm")


SENTENCES = ["a fine film", "dreadful"]


def test_texts_give_features(texts: LoadedBackbone) -> None:
    features = texts.predict(SENTENCES)
    assert features.shape[0] == 2
    for given in (np.array(SENTENCES), np.array(SENTENCES, object), tf.constant(SENTENCES)):
        same(texts.predict(given), features)
    stream = tf.data.Dataset.from_tensor_slices(SENTENCES)
    same(texts.predict(stream.batch(2)), features)
    same(texts(SENTENCES), features)
    assert texts.predict([("one", "two")]).shape == features[:1].shape


@pytest.mark.parametrize(
    ("given", "said"),
    [("a fine film", "is a single text"), ([""], "blank"), (np.zeros((2, 3)), "not numbers")],
)
def test_wrong_texts_are_refused_in_one_line(texts: LoadedBackbone, given: object, said: str) -> None:
    with pytest.raises(TlzooError, match=said):
        texts.predict(given)


@pytest.mark.slow
def test_a_layer_takes_texts_and_is_saved_with_its_model(texts: LoadedBackbone, tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((), dtype="string"), texts.layer(trainable=True), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(tf.constant(SENTENCES), np.zeros((2, 1)), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    same(loaded(tf.constant(SENTENCES)), model(tf.constant(SENTENCES)))
    config = texts.layer().get_config()
    with pytest.raises(EntryError, match="has other preprocessing"):
        BackboneLayer.from_config({**config, "prepare": "with another vocabulary"})
    with pytest.raises(UsageError, match="takes texts, not float32"):
        texts.layer()(keras.KerasTensor((None, 8, 8, 3)))


@pytest.mark.slow
def test_a_built_model_is_ready_to_compile(images: np.ndarray) -> None:
    model = tlzoo.build("glyphnet", head={"name": "mlp", "units": [8]}, classes=["a", "b"], trainable=top(1))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images, np.arange(COUNT) % 2, verbose=0)
    answers = model.predict(images, verbose=0)
    assert answers.shape == (COUNT, 2)
    same(answers.sum(axis=1), np.ones(COUNT))


@pytest.mark.slow
def test_a_head_gets_the_features_that_it_takes(images: np.ndarray) -> None:
    for name in ("attention", "pyramid"):  # a sequence, and maps of several stages
        model = tlzoo.build("glyphnet", head=name, classes=3, trainable=top(1))
        same(model.predict(images, verbose=0).sum(axis=1), np.ones(COUNT))


def test_a_built_model_answers_numbers_in_their_own_units(images: np.ndarray) -> None:
    labels = np.array([[90.0], [110.0]], np.float32)
    model = tlzoo.build("glyphnet", task=Regression(("weight",)), labels=labels)
    plain = tlzoo.build("glyphnet", task=Regression(("weight",)))
    same(model.predict(images, verbose=0), 100 + 10 * plain.predict(images, verbose=0))


def test_a_task_needs_its_classes() -> None:
    with pytest.raises(UsageError, match=r"classes=10"):
        tlzoo.build("glyphnet")
    with pytest.raises(UsageError, match="did you mean 'regression'"):
        tlzoo.build("glyphnet", task="regresion", classes=1)
