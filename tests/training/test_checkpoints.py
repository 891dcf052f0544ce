"""Checkpoints are read as what they may be: files that someone else wrote."""

from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.errors import BytesRefusedError
from tlzoo.training.checkpoints import Checkpoints


@pytest.fixture
def checkpoints(tmp_path: Path) -> Checkpoints:
    made = Checkpoints(tmp_path, {"kernel": keras.Variable(np.zeros(3, "float32"))})
    made.save("phase-01.partial", {"0": np.ones(2)}, {"seconds": 1.0})
    return made


@pytest.mark.parametrize("name", ["../other", "/etc/passwd", "a/b", "..", ".hidden", "a..b", "", "a\\b"])
def test_a_name_that_may_lead_out_is_refused(checkpoints: Checkpoints, name: str) -> None:
    with pytest.raises(BytesRefusedError, match="is not a valid checkpoint name"):
        checkpoints.load(name)
    with pytest.raises(BytesRefusedError, match="is not a valid checkpoint name"):
        checkpoints.discard(name)


def test_other_arrays_than_the_networks_are_refused(checkpoints: Checkpoints, tmp_path: Path) -> None:
    other = Checkpoints(tmp_path, {"kernel": keras.Variable(np.zeros(4, "float32"))})
    other._variables["kernel"].assign(np.ones(4))
    other.save("phase-01")
    with pytest.raises(BytesRefusedError, match=r"kernel is float32 \(4,\); the network needs float32 \(3,\)"):
        checkpoints.load("phase-01")


def test_an_interrupted_phase_that_lacks_an_array_is_refused(checkpoints: Checkpoints) -> None:
    with checkpoints.interrupted("phase-01.partial") as (slots, about):
        assert (slots["0"].tolist(), about) == ([1.0, 1.0], {"seconds": 1.0})
    with (
        pytest.raises(BytesRefusedError, match=r"phase-01\.partial\.npz is of another phase \(KeyError: '1'\)"),
        checkpoints.interrupted("phase-01.partial") as (slots, _),
    ):
        slots["1"]
