"""Files in Hugging Face's layout give what transformers makes of them; `hugging_face/make_reference.py` wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import LoadRequest
from tlzoo.registry import Entry, Features, File, TextInput
from tlzoo_text.transformers.conversion import complete_conversion
from tlzoo_text.transformers.families import FAMILIES
from tlzoo_text.transformers.presets import open_preset

FOLDER = Path(__file__).parent / "hugging_face"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
def test_a_converted_network_is_the_original(name: str) -> None:
    files = {"config": FOLDER / name / "config.json", "weights": FOLDER / name / "model.safetensors"}
    entry = Entry(
        id="local/converted.v1",
        plugin="tlzoo",
        summary="made for a test",
        modality="text",
        loader="transformer",
        files={key: File(f"file:{path}") for key, path in files.items()},
        input=TextInput("text", "wordpiece", sequence_length=8),
        features=Features("sequence"),
        licence="Apache-2.0",
        options={"class": name},
    )
    preset = open_preset(entry, files, LoadRequest(), FAMILIES)
    complete_conversion(entry, preset, files)
    reference = np.load(FOLDER / name / "reference.npz")
    given = {"token_ids": reference["tokens"].astype("int32"), "padding_mask": reference["mask"].astype("int32")}
    if FAMILIES[name].segments:
        given["segment_ids"] = np.zeros_like(given["token_ids"])
    found = preset.network({key: tf.constant(value) for key, value in given.items()}, training=False)
    sequence = found["sequence_output"] if isinstance(found, dict) else found
    there = reference["mask"].astype(bool)
    np.testing.assert_allclose(sequence.numpy()[there], reference["sequence"][there], atol=1e-5)
