"""HubLayer fine-tunes as ``hub.KerasLayer`` does under the Keras that it was made for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

EPOCHS = 5


@pytest.mark.slow
def test_fine_tuning_agrees_with_tensorflow_hub(made: Callable[[str], Path]) -> None:
    script = Path(__file__).with_name("parity.py")
    command = [sys.executable, str(script), str(made("network")), str(EPOCHS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_optimizer = json.loads(done.stdout.splitlines()[-1])
    assert by_optimizer.keys() == {"SGD", "Adam"}
    for found in by_optimizer.values():
        assert len(found["ours"]) == EPOCHS
        assert found["ours"][-1] < found["ours"][0]
        assert found["moved"] > 1e-4  # every variable, batch statistics among them
        np.testing.assert_allclose(found["ours"], found["theirs"], atol=1e-5)
        assert found["predictions"] < 1e-5
        assert found["variables"] < 1e-5
