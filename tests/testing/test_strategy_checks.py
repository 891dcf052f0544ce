"""The checks of strategies: those of the core pass, and each fault fails at the check that names it."""

from pathlib import Path

import pytest

from tlzoo.testing import STRATEGY_CHECKS, check_strategy

FAULTY = """
import random

from tlzoo.strategies import Phase, Share, Strategy, everything, head, matching, stages


class Sound(Strategy):
    rate: float = 1e-3

    def phases(self, job):
        best = yield Phase(name="head", train=head(), budget=Share(0.5), rates=self.rate)
        yield Phase(name="all", train=everything(), budget=Share(0.5), rates=self.rate, start=best.checkpoint)
        return None


class Demanding(Sound):
    factor: float


class Forgetful(Sound):
    def __eq__(self, other):
        return False

    __hash__ = None


class Empty(Strategy):
    def phases(self, job):
        return None
        yield


class NoSuchStage(Strategy):
    def phases(self, job):
        yield Phase(name="up", train=stages("attic"), rates=1e-3)


class Swallowing(Strategy):
    def phases(self, job):
        yield Phase(name="head", train=head(), budget=Share(0.25), rates=1e-3)
        try:
            yield Phase(name="explodes", train=everything(), budget=Share(0.5), rates=1e30)
        except Exception:
            pass


class NeedsAScore(Strategy):
    def phases(self, job):
        result = yield Phase(name="head", train=head(), budget=Share(0.25), rates=1e-3)
        if not result.score >= 0:
            raise ValueError("what now?")
        return result


class Moody(Strategy):
    def phases(self, job):
        yield Phase(name="head", train=head(), budget=Share(0.25), rates=random.uniform(1e-4, 1e-3))
"""

FAULTS = {
    "Sound": None,
    "Demanding": "options-have-defaults",
    "Missing": "options-have-defaults",
    "Forgetful": "options-survive-json",
    "Empty": "phases-run-to-the-end",
    "NoSuchStage": "phases-run-to-the-end",
    "Swallowing": "phases-run-to-the-end",
    "NeedsAScore": "runs-without-validation",
    "Moody": "replays-from-its-journal",
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_right_check_fails(name: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FAULTY)
    report = check_strategy(f"{file}:{name}")
    failed = {result.name: result.reason for result in report.results if result.outcome == "failed"}
    assert set(failed) == ({FAULTS[name]} - {None}), failed
    assert len(report.results) == len(STRATEGY_CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "domain-adaptation",
        "feature-extraction",
        "fine-tune",
        "multi-step",
        "lp-ft",
        "gradual-unfreezing",
        "surgical",
        "from-scratch",
    ],
)
def test_those_of_the_core_pass(name: str) -> None:
    report = check_strategy(name)
    assert (report.run, report.failed) == (len(STRATEGY_CHECKS), 0), report
