"""Stages: every variable in one of them, and the parts below and above each cut together the whole model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tlzoo.backbones import FeatureMap, Stage, pool, stages_by_layers, stages_by_variables
from tlzoo.errors import EntryError

RANDOM = np.random.default_rng(0)
IDS = np.array([[3, 4, 5, 0, 0], [1, 2, 0, 0, 0]], "int32")
PLAIN = [RANDOM.normal(size=(2, 8)).astype("float32")]
IMAGES = [RANDOM.uniform(-1, 1, size=(2, 32, 32, 3)).astype("float32")]


class Mix(keras.Layer):
    """Add the masked mean of all tokens to each of them: needs its padding mask."""

    def call(self, tokens: Any, padding_mask: Any) -> Any:
        kept = keras.ops.cast(padding_mask, tokens.dtype)[..., None]
        return tokens + keras.ops.sum(tokens * kept, axis=1, keepdims=True)


def assert_cuts_hold(model: keras.Model, stages: tuple[Stage, ...], output: Any, inputs: list[Any]) -> None:
    """Run the model in two parts at each cut, and compare with the model run at once."""
    assert sorted(path for stage in stages for path in stage.variables) == sorted(w.path for w in model.weights)
    expected = np.array(keras.Model(model.inputs, output)(inputs))
    for stage in stages:
        assert stage.cut is not None
        below, above = keras.Model(model.inputs, list(stage.cut)), keras.Model(list(stage.cut), output)
        np.testing.assert_array_equal(np.array(above(below(inputs))), expected, err_msg=stage.name)
        shared = {id(w) for w in below.weights} | {id(w) for w in above.weights}
        assert shared == {id(w) for w in model.weights}


def two_inputs() -> keras.Model:
    ids = keras.Input((5,), dtype="int32", name="ids")
    mask = keras.Input((5,), dtype="bool", name="mask")
    x = layers.Embedding(10, 4, name="embedding")(ids)
    x = Mix(name="mix1")(layers.Dense(4, name="dense1")(x), mask)
    x = Mix(name="mix2")(layers.Dense(4, name="dense2")(x), mask)
    return keras.Model([ids, mask], [x, mask])


def implicit_mask() -> keras.Model:
    ids = keras.Input((5,), dtype="int32")
    x = layers.Embedding(10, 4, mask_zero=True, name="embedding")(ids)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    return keras.Model(ids, layers.Dense(2, name="dense")(x))


def nested() -> keras.Model:
    inside = keras.Input((8,))
    inner = keras.Model(inside, [layers.Dense(n, name=f"inner{n}")(inside) for n in (4, 3)], name="inner")
    inputs = keras.Input((8,))
    x = layers.BatchNormalization(name="normalization")(layers.Dense(8, name="first")(inputs))
    return keras.Model(inputs, layers.Dense(2, name="last")(layers.Concatenate(name="both")(inner(x))))


def called_twice() -> keras.Model:
    shared = layers.Dense(8, name="shared")
    inputs = keras.Input((8,))
    x = shared(layers.Dense(8, name="between")(shared(inputs)))
    return keras.Model(inputs, layers.Dense(2, name="last")(x))


def shared_with_a_nested_model() -> keras.Model:
    shared = layers.Dense(8, name="shared")
    inside = keras.Input((8,))
    inner = keras.Model(inside, shared(inside), name="inner")
    inputs = keras.Input((8,))
    return keras.Model(inputs, shared(layers.Dense(8, name="between")(inner(inputs))))


def test_mobilenet_is_cut_after_each_block() -> None:
    model = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None)
    blocks = [("stem", "expanded_conv_project_BN"), ("low", "block_5_add"), ("high", "block_13_project_BN")]
    stages = stages_by_layers(model, [*blocks, ("top", "out_relu")])
    assert [len(stage.cut or ()) for stage in stages] == [1, 1, 1, 1]
    assert_cuts_hold(model, stages, pool(FeatureMap(1, 1, 1280), model.outputs), IMAGES)


@pytest.mark.slow
def test_nasnet_is_cut_at_two_tensors() -> None:
    model = keras.applications.NASNetMobile((32, 32, 3), include_top=False, weights=None)
    cells = [("stem", "reduction_concat_stem_2"), ("low", "normal_concat_3"), ("top", "normal_concat_12")]
    stages = stages_by_layers(model, cells)
    assert [len(stage.cut or ()) for stage in stages] == [2, 2, 1]
    output = pool(FeatureMap(1, 1, 1056), model.outputs)
    assert sorted(path for stage in stages for path in stage.variables) == sorted(w.path for w in model.weights)
    cut = list(stages[1].cut or ())
    below, above = keras.Model(model.inputs, cut), keras.Model(cut, output)
    np.testing.assert_array_equal(above(below(IMAGES)), keras.Model(model.inputs, output)(IMAGES))


def test_a_mask_that_is_fed_in_is_part_of_each_cut_below_its_last_use() -> None:
    model = two_inputs()
    stages = stages_by_layers(model, [("embedding", "embedding"), ("one", "mix1"), ("two", "mix2")])
    assert all(stage.cut is not None and model.inputs[1] in stage.cut for stage in stages)
    output = layers.Flatten()(model.outputs[0])
    assert_cuts_hold(model, stages, output, [IDS, IDS > 0])


def test_an_implicit_mask_across_a_cut_makes_it_no_cut() -> None:
    stages = stages_by_layers(
        implicit_mask(), [("embedding", "embedding"), ("attention", "attention"), ("mean", "mean"), ("dense", "dense")]
    )
    assert [stage.cut is None for stage in stages] == [True, True, False, False]


def test_a_nested_model_is_cut_at_its_top_level() -> None:
    model = nested()
    stages = stages_by_layers(model, [("first", "normalization"), ("inner", "inner"), ("last", "last")])
    assert [len(stage.variables) for stage in stages] == [6, 4, 2]
    assert [len(stage.cut or ()) for stage in stages] == [1, 2, 1]
    assert_cuts_hold(model, stages, layers.Flatten()(model.outputs[0]), PLAIN)


def test_layers_between_two_calls_of_a_layer_belong_to_its_stage() -> None:
    model = called_twice()
    stages = stages_by_layers(model, [("shared", "shared"), ("last", "last")])
    assert stages[0].variables == {"shared/kernel", "shared/bias", "between/kernel", "between/bias"}
    assert_cuts_hold(model, stages, layers.Flatten()(model.outputs[0]), PLAIN)


def test_a_shared_variable_belongs_to_the_lowest_stage() -> None:
    model = shared_with_a_nested_model()
    stages = stages_by_layers(model, [("inner", "inner"), ("between", "between"), ("last", "shared")])
    assert [len(stage.variables) for stage in stages] == [2, 2, 0]
    assert_cuts_hold(model, stages, layers.Flatten()(model.outputs[0]), PLAIN)


def test_calls_outside_the_model_do_not_count() -> None:
    model = nested()
    model.get_layer("first")(keras.Input((8,)))
    keras.Model(model.inputs, layers.Dense(3)(model.get_layer("normalization").output))
    stages = stages_by_layers(model, [("first", "normalization"), ("last", "last")])
    assert_cuts_hold(model, stages, layers.Flatten()(model.outputs[0]), PLAIN)


def test_a_side_branch_crosses_the_cut() -> None:
    inputs = keras.Input((8,))
    side = layers.Dense(8, name="side")(inputs)
    model = keras.Model(inputs, layers.Add(name="sum")([layers.Dense(8, name="main")(inputs), side]))
    stages = stages_by_layers(model, [("main", "main"), ("sum", "sum")])
    assert model.inputs[0] in (stages[0].cut or ())
    assert_cuts_hold(model, stages, layers.Flatten()(model.outputs[0]), PLAIN)


def test_an_unknown_layer_is_refused_with_a_suggestion() -> None:
    with pytest.raises(EntryError, match="did you mean"):
        stages_by_layers(nested(), [("first", "normalisation"), ("last", "last")])


def test_a_boundary_without_new_layers_is_refused() -> None:
    with pytest.raises(EntryError, match="has no layers beyond"):
        stages_by_layers(nested(), [("a", "normalization"), ("b", "first"), ("last", "last")])


def test_variables_go_to_the_first_group_that_matches() -> None:
    stages = stages_by_variables(nested(), [("first", ["first/*"]), ("inner", ["inner*"]), ("rest", ["*"])])
    assert [len(stage.variables) for stage in stages] == [2, 4, 6]
    assert all(stage.cut is None for stage in stages)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([("all", ["*"]), ("none", ["first/*"])], "matches no variable"),
        ([("first", ["first/*"])], "variables without a stage"),
    ],
)
def test_groups_that_do_not_fit_are_refused(groups: list[tuple[str, list[str]]], message: str) -> None:
    with pytest.raises(EntryError, match=message):
        stages_by_variables(nested(), groups)
