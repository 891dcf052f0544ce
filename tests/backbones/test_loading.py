"""Requests that an entry cannot meet, and loaders of entries of the user's own."""

import dataclasses

import keras
import pytest

from tlzoo.backbones import LoadRequest, find_loader, load_backbone
from tlzoo.errors import EntryError, PluginError
from tlzoo.plugins import catalog
from tlzoo.registry import TextInput

GLYPHNET = "vision/glyphnet.glyphs"


def test_an_image_backbone_takes_no_sequence_length() -> None:
    with pytest.raises(EntryError, match="takes vision and has no sequence length"):
        load_backbone(GLYPHNET, LoadRequest(sequence_length=64))


@pytest.mark.parametrize("length", [4, 600])
def test_a_sequence_length_that_an_entry_cannot_take(length: int) -> None:
    text = TextInput("text", "wordpiece", sequence_length=128, longest=512)
    entry = dataclasses.replace(catalog().get(GLYPHNET), modality="text", input=text)
    with pytest.raises(EntryError, match=f"at least 8 and at most 512 tokens, not {length}; its default length is 128"):
        load_backbone(entry, LoadRequest(sequence_length=length))


def test_an_entry_of_the_users_own_takes_the_loader_of_any_plugin() -> None:
    shipped = catalog().get(GLYPHNET)
    own = dataclasses.replace(shipped, id="local/mine.v1", plugin="tlzoo")
    assert find_loader(own) is find_loader(shipped)
    with pytest.raises(PluginError, match="no plugin has a loader 'glyfnet'; did you mean 'glyphnet'"):
        find_loader(dataclasses.replace(own, loader="glyfnet"))


def test_layers_on_top_of_a_backbone_do_not_reuse_its_names() -> None:
    backbone = load_backbone(GLYPHNET)
    load_backbone(GLYPHNET)  # numbers again from one
    on_top = keras.ops.cast(keras.ops.cast(backbone.model.output, "float16"), "float32")
    for count in range(3):
        on_top = keras.layers.Dense(2, name=f"own{count}")(keras.ops.relu(on_top))
    assert keras.Model(backbone.model.input, on_top)
    assert [each.path for each in load_backbone(GLYPHNET).model.weights] == [
        each.path for each in backbone.model.weights
    ]
