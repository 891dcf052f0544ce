"""SavedModels as backbones: stages, features, random weights, phases of every kind, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from made_modules import SIDE, SIZE

from tlzoo.backbones import Backbone, FeatureMap, LoadRequest, Vector, load_backbone
from tlzoo.backbones.build_context import fresh_names, reserved_name
from tlzoo.errors import EntryError, UsageError
from tlzoo.plugins import module_entry
from tlzoo.registry import Entry
from tlzoo.strategies import Epochs, Phase, everything, head, stages
from tlzoo.training.network import Network
from tlzoo.training.phases.intents import set_intents

Made = Callable[[str], Path]
STAGES = [["first", "*/block1/*"], ["second", "*/block2/*"], ["top", "*"]]


def image_entry(made: Made, **options: object) -> Entry:
    return replace(module_entry(str(made("network"))), options=options)


def network_of(backbone: Backbone) -> Network:
    from tlzoo.heads import Linear
    from tlzoo.tasks import Classification

    return Network(backbone, Linear(), Classification(("a", "b")), seed=0)


def test_an_entry_from_a_folder_has_inputs_and_outputs(made: Made) -> None:
    entry = module_entry(str(made("network")))
    assert entry.id == f"file:{made('network')}"
    assert (entry.modality, entry.input.channels, entry.input.smallest) == ("vision", 3, (32, 32))
    assert entry.features.shape == (SIZE,)
    assert entry.measured.parameters == 3 * 3 * 3 * 4 + 3 * 3 * 4 * 6 + 4 * (4 + 6) + 36
    assert entry.files["module"].hash.startswith("tree-sha256:")


def test_images_become_vectors_and_stages_hold_every_variable(made: Made) -> None:
    backbone = load_backbone(image_entry(made, stages=STAGES), LoadRequest(image_size=(SIDE + 30, SIDE + 30)))
    assert backbone.features == Vector(SIZE)
    assert [(stage.name, len(stage.variables), stage.cut) for stage in backbone.stages] == [
        ("first", 5, None),
        ("second", 5, None),
        ("top", 1, None),
    ]
    picture = tf.random.stateless_uniform((50, 40, 3), (1, 2), maxval=255)
    ready = backbone.preprocessing.normalize(backbone.preprocessing.prepare(picture)[tf.newaxis])
    assert float(tf.reduce_max(ready)) <= 1.0
    assert backbone.model(ready).shape == (1, SIZE)


def test_a_module_without_declared_stages_has_one_stage(made: Made) -> None:
    (stage,) = load_backbone(str(made("network"))).stages
    assert (stage.name, len(stage.variables)) == ("module", 11)


def test_texts_go_in_as_they_are(made: Made) -> None:
    backbone = load_backbone(str(made("sentences")))
    assert backbone.features == Vector(4)
    pair = backbone.preprocessing.prepare(tf.constant(["good", "film"]))
    ready = backbone.preprocessing.normalize(tf.stack([pair, tf.constant("bad")]))
    assert ready.numpy().tolist() == [b"good film", b"bad"]
    assert backbone.model(ready).shape == (2, 4)
    with pytest.raises(EntryError, match="takes whole texts"):
        load_backbone(str(made("sentences")), LoadRequest(sequence_length=16))


def test_an_encoder_takes_the_outputs_of_its_preprocessor(made: Made) -> None:
    entry = module_entry(str(made("two_inputs")), preprocessor=str(made("tokens")), output_key="pooled")
    assert (entry.modality, entry.input.sequence_length, entry.features.shape) == ("text", 5, (4,))
    backbone = load_backbone(entry)
    ready = backbone.preprocessing.normalize(tf.constant(["good film", "bad"]))
    assert {name: tuple(each.shape) for name, each in ready.items()} == {"ids": (2, 5), "mask": (2, 5)}
    assert backbone.model(ready).shape == (2, 4)
    assert [stage.name for stage in backbone.stages] == ["module"]


def test_maps_are_maps(made: Made) -> None:
    assert load_backbone(str(made("feature_map")), LoadRequest(image_size=(32, 32))).features == FeatureMap(16, 16, 4)


@pytest.mark.parametrize(
    ("module", "name", "layer"),
    [
        ("network", "pictures", "pictures"),
        ("network", "images", "images_module"),
        ("network", "samples", "samples_module"),
        ("network", "head", "head_module"),
        ("sentences", "sentences", "sentences_module"),
        ("sentences", "texts", "texts"),
        ("feature_map", "pooling", "pooling_module"),
    ],
)
def test_an_entry_may_have_the_name_of_an_input_or_another_layer(
    made: Made, module: str, name: str, layer: str
) -> None:
    entry = replace(module_entry(str(made(module))), id=f"local/{name}.module")
    request = LoadRequest(image_size=(32, 32)) if module == "feature_map" else LoadRequest()
    network = network_of(load_backbone(entry, request))
    assert {variable.path.partition("/")[0] for variable in network.backbone.model.weights} == {layer}
    assert len(network.variables) == len(network.backbone.model.weights) + len(network.head.weights)
    network.sever(len(network.backbone.stages) - 1)
    preprocessing = network.backbone.preprocessing
    samples = tf.zeros((2, *preprocessing.shape), preprocessing.dtype) if module != "sentences" else tf.constant(["a"])
    assert network.whole(keras.layers.Identity(name="answer"))(samples).shape[-1] == 2


def test_keras_does_not_give_a_reserved_name_to_an_operation() -> None:
    with fresh_names():
        inputs = keras.Input((2,), name="images")
        assert reserved_name("cast", ["images"]) == "cast"
        named = keras.layers.Dense(2, name="cast")(inputs)
        model = keras.Model(inputs, keras.ops.cast(named, "float16"))
        assert [each.name for each in model.operations] == ["images", "cast", "cast_1"]


def test_random_weights_depend_on_the_seed_alone(made: Made) -> None:
    entry = image_entry(made, stages=STAGES)
    pretrained, one, again, other = (
        [each.numpy() for each in load_backbone(entry, request).model.weights]
        for request in (
            LoadRequest(),
            *(LoadRequest(weights="random", seed=seed) for seed in (0, 0, 1)),
        )
    )
    assert all(np.array_equal(*pair) for pair in zip(one, again, strict=True))
    assert not np.array_equal(one[0], pretrained[0])
    assert not np.array_equal(one[0], other[0])
    assert all(np.array_equal(*pair) for pair in zip(one[1:3], pretrained[1:3], strict=True))  # gamma and beta


@pytest.mark.parametrize(
    ("train", "statistics", "moves"),
    [
        (everything(), "trained", True),
        (everything(), "frozen", False),
        (head() | stages("second"), "trained", False),
        (head(), "trained", False),
    ],
)
def test_statistics_move_where_all_of_it_trains_and_the_phase_says_so(
    made: Made, train: object, statistics: str, moves: object
) -> None:
    network = network_of(load_backbone(image_entry(made, stages=STAGES)))
    phase = Phase(name="p", train=train, budget=Epochs(1), rates=1e-3, statistics=statistics)
    intents = set_intents(network, phase)
    before = {path: variable.numpy() for path, variable in network.variables.items()}
    network.backbone.model(tf.random.stateless_uniform((4, 224, 224, 3), (1, 2)), training=True)
    moved = {path for path, value in before.items() if not np.array_equal(value, network.variables[path].numpy())}
    assert bool(moved) == moves
    assert moved == {path for path, intent in intents.items() if intent == "statistics" and "head/" not in path}


def test_random_layers_are_trained_without_randomness(made: Made) -> None:
    network = network_of(load_backbone(str(made("dropping"))))
    set_intents(network, Phase(name="p", train=everything(), budget=Epochs(1), rates=1e-3, statistics="trained"))
    images = tf.random.stateless_uniform((4, SIDE, SIDE, 3), (1, 2))
    first, second = (network.backbone.model(images, training=True) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_keras_export_cannot_train(made: Made) -> None:
    network = network_of(load_backbone(str(made("keras_export"))))
    set_intents(network, Phase(name="p", train=head(), budget=Epochs(1), rates=1e-3))
    with pytest.raises(UsageError, match="called through a Keras export"):
        set_intents(network, Phase(name="p", train=everything(), budget=Epochs(1), rates=1e-3))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two_inputs", "are neither images nor texts: ids int32 .*; add it with its preprocessor"),
        ("plain_module", "are neither images nor texts"),
    ],
)
def test_the_reason_is_given_for_a_model_that_is_not_a_backbone(made: Made, name: str, said: str) -> None:
    with pytest.raises(EntryError, match=said):
        module_entry(str(made(name)))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stage": []}, "unknown option 'stage'; valid: arguments, endpoint"),
        ({"stages": [["first", "*/blok1/*"]]}, "matches no variable"),
        ({"stages": [["first", "*/block1/*"]]}, "variables without a stage"),
    ],
)
def test_wrong_options_are_reported(made: Made, options: dict[str, object], said: str) -> None:
    with pytest.raises(EntryError, match=said):
        load_backbone(image_entry(made, **options))


def test_features_are_those_of_the_entry(made: Made) -> None:
    entry = image_entry(made)
    with pytest.raises(EntryError, match=r"features.shape is \(7,\), but its module returns \(6,\)"):
        load_backbone(replace(entry, features=replace(entry.features, shape=(7,))))
