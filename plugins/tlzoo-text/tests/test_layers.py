"""A saved model of texts loads in a process that imports ``tlzoo.layers`` and nothing else of tlzoo."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import keras
import numpy as np
import pytest

from tlzoo.export import needed_imports
from tlzoo.plugins import registered
from tlzoo_text.static.embedding import MeanOfTokens

LOAD = """\
import sys
import tlzoo
assert "keras" not in sys.modules and "tensorflow" not in sys.modules
import tlzoo.layers
import keras, numpy
model = keras.models.load_model(sys.argv[1])
print(model(numpy.array([[1, 2, 0]], "int32")).numpy().tolist())
"""


def test_every_layer_is_registered_under_its_name() -> None:
    for each in registered("tlzoo_layers"):
        layer = resolve_name(each.value)
        assert keras.saving.get_registered_name(layer) == each.name
        assert keras.saving.get_registered_object(each.name) is layer


@pytest.mark.slow
def test_a_saved_model_loads_after_the_documented_import(tmp_path: Path) -> None:
    ids = keras.Input((3,), dtype="int32")
    model = keras.Model(ids, MeanOfTokens(4, 2, padding=0)(ids))
    path = tmp_path / "model.keras"
    model.save(path)
    assert needed_imports(path) == ["tlzoo.layers"]
    done = subprocess.run([sys.executable, "-c", LOAD, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = model(np.array([[1, 2, 0]], "int32")).numpy().tolist()
    np.testing.assert_allclose(eval(done.stdout), expected, rtol=1e-6)
