"""Tokenization for users without tlzoo gives the same ids as the backbone's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tlzoo.backbones import LoadRequest, files_for, load_backbone
from tlzoo.plugins import catalog
from tlzoo_text.instructions import token_instructions

TEXTS = ["A good film", "", "naïve café 🙂 déjà-vu!", "word " * 2000, "中文, un-be-liev-able"]


def test_the_code_for_the_packaged_table_gives_the_same_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tokenizers")
    entry = catalog().get("text/static.minilm")
    preprocessing = load_backbone(entry, LoadRequest(sequence_length=32)).preprocessing
    assert preprocessing.instructions is not None
    assert preprocessing.instructions.files == ("vocabulary",)
    monkeypatch.chdir(tmp_path)
    Path("tokenizer").mkdir()
    shutil.copyfile(files_for(entry, LoadRequest())["vocabulary"], "tokenizer/vocabulary.txt")
    names: dict[str, Any] = {"np": np}
    exec(preprocessing.instructions.code, names)
    for text in TEXTS:
        wanted = np.asarray(preprocessing.normalize(tf.constant([text])))
        found = names["prepare"](text)["token_ids"]
        np.testing.assert_array_equal(found, wanted, err_msg=text[:40])


def test_special_tokens_surround_the_ids_of_other_tokenizers() -> None:
    made = token_instructions(name="samples", kind="bpe", length=6, padding=-1, start=(0,), end=(2,), most_bytes=9)
    assert "The ids [0] come before, and [2] after the first 4 tokens" in made.words
    names: dict[str, Any] = {"np": np}
    exec(made.code, names)
    assert names["prepare"]([7, 8])["samples"].tolist() == [[0, 7, 8, 2, -1, -1]]
    assert names["prepare"]([7] * 9)["samples"].tolist() == [[0, 7, 7, 7, 7, 2]]
