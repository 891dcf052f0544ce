"""Features that a loader declares must be those of its model."""

from __future__ import annotations

import dataclasses
import math

import keras
import pytest

from tlzoo.backbones import (
    Backbone,
    FeatureMap,
    Sequence,
    Vector,
    image_preprocessing,
    load_backbone,
    loading,
    stages_by_layers,
)
from tlzoo.backbones.declared_features import check_outputs
from tlzoo.errors import EntryError
from tlzoo.plugins import catalog


def backbone(features, *outputs: tuple[int | None, ...]) -> Backbone:
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    made = [keras.layers.Reshape(shape)(keras.layers.Dense(math.prod(shape))(flat)) for shape in outputs]
    model = keras.Model(inputs, made)
    stages = stages_by_layers(model, [("all", model.layers[-1].name)])
    return Backbone(model, image_preprocessing((8, 8), 1, scale=1.0), stages, features, "digest")


@pytest.mark.parametrize(
    ("features", "outputs"),
    [
        (Vector(3), [(3,)]),
        (FeatureMap(2, 2, 3), [(2, 2, 3)]),
        (Sequence(4, 3), [(4, 3), (4,)]),
        (Sequence(4, 3, "pooler"), [(4, 3), (4,), (3,)]),
    ],
)
def test_features_that_fit(features, outputs) -> None:
    check_outputs("acme/net.pets", backbone(features, *outputs))


@pytest.mark.parametrize(
    ("features", "outputs", "said"),
    [
        (Vector(4), [(3,)], r"declares Vector\(size=4\), .* shapes \(N, 3\) instead of \(N, 4\)"),
        (FeatureMap(2, 2, 5), [(2, 2, 3)], r"\(N, 2, 2, 3\) instead of \(N, 2, 2, 5\)"),
        (FeatureMap(2, 2, 3), [(3,)], r"\(N, 3\) instead of \(N, 2, 2, 3\)"),
        (Vector(3), [(2, 2, 3)], r"\(N, 2, 2, 3\) instead of \(N, 3\)"),
        (Sequence(4, 3), [(4, 3)], r"\(N, 4, 3\) instead of \(N, 4, 3\), \(N, 4\)"),
    ],
)
def test_features_that_do_not_fit_are_refused_with_both_shapes(features, outputs, said: str) -> None:
    with pytest.raises(EntryError, match=said):
        check_outputs("acme/net.pets", backbone(features, *outputs))


def test_a_loader_that_fails_is_named_with_its_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Backbone:
        raise ValueError("no\nluck")

    entry = dataclasses.replace(catalog().get("vision/glyphnet.glyphs"))
    monkeypatch.setattr(loading, "find_loader", lambda _: broken)
    with pytest.raises(
        EntryError, match="the loader 'glyphnet' failed: ValueError: no luck; report this to the authors of tlzoo-v"
    ):
        load_backbone(entry)
    monkeypatch.setattr(loading, "find_loader", lambda _: lambda *_: None)
    with pytest.raises(EntryError, match="the loader 'glyphnet' must return a Backbone; got NoneType"):
        load_backbone(entry)
