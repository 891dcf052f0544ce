"""What the files of a transformer may say, and what is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.artifacts import resolve
from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.errors import BytesRefusedError, EntryError, TlzooError
from tlzoo.registry import Entry, File, TextInput


def hashed(path: Path) -> File:
    return File(f"file:{path}", f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")


def folder_of(entry: Entry) -> Path:
    return resolve(entry)["config"].parent


def with_config(entry: Entry, folder: Path, **changes: Any) -> Entry:
    """Return the entry with another config.json, whose hash is declared."""
    config = json.loads((folder_of(entry) / "config.json").read_text())
    config["config"] |= changes
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return replace(entry, files={**entry.files, "config": hashed(path)})


def test_a_folder_whose_files_are_declared_is_as_good_as_its_files(tiny: Callable[[str], Entry]) -> None:
    entry = tiny("BertBackbone")
    folder = folder_of(entry)
    names = ("config.json", "model.weights.h5", "vocab.txt")
    members = {name: f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}" for name in names}
    whole = replace(entry, files={"preset": File(f"file:{folder}", members=members)})
    one, other = load_backbone(entry), load_backbone(whole)
    for first, second in zip(one.model.weights, other.model.weights, strict=True):
        np.testing.assert_array_equal(first, second)


def test_invalid_classes_and_sizes_are_refused(tiny: Callable[[str], Entry], tmp_path: Path) -> None:
    entry = tiny("BertBackbone")
    options = dict(entry.options)
    cases: list[tuple[Entry, type[TlzooError], str]] = [
        (replace(entry, options={**options, "class": "BertBackbon"}), EntryError, "did you mean 'BertBackbone'"),
        (
            replace(entry, options={**options, "class": "DistilBertBackbone"}),
            BytesRefusedError,
            "has the class 'BertBackbone'",
        ),
        (
            replace(entry, options={**options, "config": {"num_layers": 3}}),
            BytesRefusedError,
            "num_layers = 2, but the entry 3",
        ),
        (
            with_config(entry, tmp_path, dropout={"class_name": "Lambda"}),
            BytesRefusedError,
            "'dropout' .* is not a number",
        ),
    ]
    for wrong, error, message in cases:
        with pytest.raises(error, match=message):
            load_backbone(wrong)


def test_changed_bytes_are_refused_before_they_are_opened(tiny: Callable[[str], Entry], tmp_path: Path) -> None:
    entry = tiny("BertBackbone")
    weights = tmp_path / "model.weights.h5"
    weights.write_bytes(resolve(entry)["weights"].read_bytes()[:-1] + b"x")
    declared = replace(entry.files["weights"], source=f"file:{weights}")
    with pytest.raises(BytesRefusedError, match="not the declared"):
        load_backbone(replace(entry, files={**entry.files, "weights": declared}))


def test_a_vocabulary_without_a_special_token_is_refused(tiny: Callable[[str], Entry], tmp_path: Path) -> None:
    entry = tiny("BertBackbone")
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\ngood\n")
    with pytest.raises(BytesRefusedError, match=r"not a vocabulary of wordpiece: it lacks '\[CLS\]'"):
        load_backbone(replace(entry, files={**entry.files, "vocabulary": hashed(path)}))


def test_a_length_beyond_the_positions_is_refused(tiny: Callable[[str], Entry]) -> None:
    entry = replace(tiny("BertBackbone"), input=TextInput("text", "wordpiece", sequence_length=16))
    with pytest.raises(EntryError, match="has only 32 positions, not 64"):
        load_backbone(entry, LoadRequest(sequence_length=64))


def test_random_weights_without_a_vocabulary_are_only_measured(tiny: Callable[[str], Entry]) -> None:
    entry = tiny("BertBackbone")
    absent = replace(entry.files["vocabulary"], source="file:/nowhere/vocab.txt")
    backbone = load_backbone(
        replace(entry, files={**entry.files, "vocabulary": absent}), LoadRequest(weights="random", seed=3)
    )
    assert backbone.model.count_params() > 0
    with pytest.raises(EntryError, match=r"vocab\.txt is not on this machine"):
        backbone.preprocessing.prepare(tf.constant("good"))
