"""Hostile inputs end in a result or in one clear line: a short run of each kind.

`python tests/benchmarks/hostile.py` runs ten thousand of each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import made_hostile
import pytest
from hypothesis import strategies as st
from made_hostile import KINDS, DifferentAnswerError, Kind, run_campaign

from tlzoo.errors import UsageError

QUICK = sorted(name for name, kind in KINDS.items() if not kind.isolated)
SLOW = sorted(name for name, kind in KINDS.items() if kind.isolated)


@pytest.mark.parametrize("name", QUICK)
def test_inputs_end_in_a_result_or_one_line(name: str) -> None:
    campaign = run_campaign(KINDS[name], 40)
    assert campaign.inputs
    assert not campaign.defects, "\n".join(campaign.defects)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_decoders_survive_their_inputs(name: str) -> None:
    campaign = run_campaign(KINDS[name], 60)
    assert campaign.inputs
    assert not campaign.defects, "\n".join(campaign.defects)


def ending(drawn: str, _folder: Path) -> None:
    """End as a word says."""
    match drawn:
        case "refusal":
            raise UsageError("it was refused", "give another")
        case "long":
            raise UsageError("x" * 10_000)
        case "different":
            raise DifferentAnswerError("1 is not 2")
        case "error":
            raise ZeroDivisionError


@pytest.mark.parametrize(
    ("word", "end"),
    [
        ("result", "results"),
        ("refusal", "refusals"),
        ("long", "DEFECT"),
        ("different", "DEFECT"),
        ("error", "DEFECT"),
    ],
)
def test_every_end_is_judged(word: str, end: str) -> None:
    campaign = run_campaign(Kind("own", st.just(word), ending, seconds=0.3), 1)
    assert dict(campaign.ends) == {end: 1}
    assert len(campaign.defects) == (end == "DEFECT")


HANGING = """
import time
from hypothesis import strategies as st
from made_hostile import Kind, run_campaign

campaign = run_campaign(Kind("own", st.just(1), lambda drawn, folder: time.sleep(60), seconds=0.3), 1)
print(dict(campaign.ends), "HungError: more than 0.3 s" in str(campaign.defects))
"""


def test_an_input_that_hangs_is_a_defect() -> None:
    """In a new process: an alarm in one that has used TensorFlow and OpenVINO can end it."""
    environment = os.environ | {"PYTHONPATH": str(Path(made_hostile.__file__).parents[1])}
    command = [sys.executable, "-c", HANGING]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "{'DEFECT': 1} True\n"


def test_the_same_start_draws_the_same_inputs() -> None:
    drawn: list[list[str]] = []
    for _ in range(2):
        inputs: list[str] = []
        run_campaign(Kind("own", st.text(max_size=5), lambda text, _folder, kept=inputs: kept.append(text)), 20)
        drawn.append(inputs)
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 20
