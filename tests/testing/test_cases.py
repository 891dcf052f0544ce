"""The pytest classes: a method for each check, none of which can be left out in silence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.testing import (
    BACKBONE_CHECKS,
    PLUGIN_CHECKS,
    STRATEGY_CHECKS,
    BackboneChecks,
    PluginChecks,
    SkippedError,
    StrategyChecks,
    check,
)
from tlzoo.testing.methods import Checks


class Thing:
    title = "thing"


@check()
def absent(_thing: Thing) -> None:
    """Prove what cannot be tried."""
    raise SkippedError("no such thing here")


@check()
def bad(_thing: Thing) -> None:
    """Prove something false."""
    raise ValueError("no luck")


class ThingChecks(Checks):
    checks = (absent,)

    @classmethod
    def subject(cls) -> Thing:
        return Thing()


@pytest.mark.parametrize(
    ("base", "checks"),
    [(BackboneChecks, BACKBONE_CHECKS), (PluginChecks, PLUGIN_CHECKS), (StrategyChecks, STRATEGY_CHECKS)],
)
def test_there_is_a_method_for_every_check(base, checks) -> None:
    methods = [name for name in vars(base) if name.startswith("test_")]
    expected = [f"test_{each.name.replace('-', '_')}" for each in checks]
    assert methods == [*expected, "test_something_was_run"]
    assert all(getattr(base, name).__doc__ == each.proves for name, each in zip(expected, checks, strict=True))


def test_a_skip_names_the_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="no such thing here"):
        ThingChecks().test_absent()


def test_a_failure_shows_where_it_came_from() -> None:
    class Bad(ThingChecks):
        checks = (bad,)

    with pytest.raises(AssertionError, match="thing: bad: ValueError: no luck") as caught:
        Bad().test_bad()
    assert isinstance(caught.value.__cause__, ValueError)


def test_all_skipped_fails() -> None:
    with pytest.raises(AssertionError, match="none of 1 checks ran: absent: no such thing here"):
        ThingChecks().test_something_was_run()


def test_a_check_cannot_be_taken_away() -> None:
    with pytest.raises(TypeError, match="removes a check"):
        type("Less", (BackboneChecks,), {"test_frozen_stays_frozen": None})


def test_the_checked_component_is_required() -> None:
    class Vague(BackboneChecks):
        pass

    with pytest.raises(TypeError, match=r"Vague has no subject: add entry = 'vision/"):
        Vague().test_loads()


@pytest.mark.slow
def test_pytest_collects_and_runs_them(tmp_path: Path) -> None:
    """As a plugin's author has them: in a file, inherited."""
    file = tmp_path / "test_mine.py"
    file.write_text("from tlzoo.testing import PluginChecks\n\n\nclass TestCore(PluginChecks):\n    plugin = 'tlzoo'\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-c", "/dev/null", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
    assert "tlzoo conformance checks: 8 run, 0 failed, 0 skipped" in done.stdout


MARKED = """

class Test{name}(ScoreChecks):
    score = "nce"

    {mark}
    def test_is_the_same_again(self):
        super().test_is_the_same_again()
"""
MARKS = {
    "Keyword": '@pytest.mark.skip(reason="no luck")',
    "Positional": '@pytest.mark.skip("no luck")',
    "BareSkip": "@pytest.mark.skip",
    "BareXfail": "@pytest.mark.xfail",
}


def test_a_check_may_be_skipped_only_for_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "test_mine.py"
    classes = (MARKED.format(name=name, mark=mark) for name, mark in MARKS.items())
    file.write_text("import pytest\nfrom tlzoo.testing import ScoreChecks\n" + "".join(classes))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    refused = r"Test(\w+)::test_is_the_same_again: a conformance check is marked (\w+) without a reason"
    assert set(re.findall(refused, done.stdout)) == {("BareSkip", "skip"), ("BareXfail", "xfail")}
    assert "18 run, 2 failed, 2 skipped" in done.stdout  # 4 classes with 4 other checks each
