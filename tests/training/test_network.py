from pathlib import Path

import keras
import numpy as np

from tlzoo.backbones import Backbone, Preprocessing, Sequence, stages_by_layers
from tlzoo.heads import Linear
from tlzoo.tasks import Classification
from tlzoo.training.network import Network

LENGTH, SIZE = 6, 8


def masked_backbone() -> Backbone:
    """Return tokens and an explicit mask through two blocks of attention, which take the mask above every cut."""
    tokens = keras.Input((LENGTH,), dtype="int32", name="token_ids")
    mask = keras.Input((LENGTH,), dtype="bool", name="padding_mask")
    x = keras.layers.Embedding(50, SIZE, name="embedding")(tokens)
    for number in (1, 2):
        attended = keras.layers.MultiHeadAttention(2, 4, name=f"attention{number}")(
            x, x, attention_mask=keras.ops.expand_dims(mask, 1)
        )
        x = keras.layers.Add(name=f"add{number}")([x, attended])
    model = keras.Model({"token_ids": tokens, "padding_mask": mask}, [x, mask], name="encoder")
    samples = keras.Input((LENGTH,), dtype="int32", name="samples")
    normalize = keras.Model(samples, {"padding_mask": keras.ops.not_equal(samples, 0), "token_ids": samples})
    stages = stages_by_layers(model, [("embeddings", "embedding"), ("block1", "add1"), ("block2", "add2")])
    preprocessing = Preprocessing(lambda raw: raw, normalize, (LENGTH,), "int32")
    return Backbone(model, preprocessing, stages, Sequence(LENGTH, SIZE, "average"), "masked")


def test_a_mask_crosses_every_cut_and_the_model_can_be_saved(tmp_path: Path) -> None:
    network = Network(masked_backbone(), Linear(), Classification(("a", "b")), seed=0)
    ids = np.array([[3, 4, 5, 0, 0, 0], [7, 8, 9, 10, 11, 0]], np.int32)
    whole = network.whole(keras.layers.Softmax(dtype="float32"))
    expected = whole(ids).numpy()
    for position in (None, 0, 1, 2):
        severed = network.sever(position)
        reached = severed.below(ids)
        reached = reached if isinstance(reached, list | tuple) else [reached]
        features = reached[0] if severed.above is None else severed.above(reached)
        np.testing.assert_allclose(keras.ops.softmax(network.head(features)), expected, rtol=1e-5)
    network.whole(keras.layers.Softmax(dtype="float32")).save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(ids), expected, rtol=1e-5)
