"""Checks are counted, run once, and never skipped in silence."""

import pytest

from tlzoo.testing import CheckFailedError, Report, Session, SkippedError, check, expect


class Thing:
    title = "thing"

    def __init__(self) -> None:
        self.calls = 0


@check()
def good(thing: Thing) -> None:
    """Prove nothing."""
    thing.calls += 1


@check()
def bad(_thing: Thing) -> None:
    """Prove something false."""
    expect(1 > 2, "one is not\n more than two")  # noqa: PLR0133 - any false condition


@check()
def raises(_thing: Thing) -> None:
    """Prove that code of a plugin may do what it likes."""
    raise SystemExit(3)


@check()
def absent(_thing: Thing) -> None:
    """Prove what cannot be tried."""
    raise SkippedError("no such thing here")


@check(good, bad)
def after(_thing: Thing) -> None:
    """Prove what makes sense only after the others."""


def test_the_report_counts() -> None:
    report = Session(Thing()).report([good, bad, absent, after])
    assert report.to_json() == {
        "checks": [
            {"subject": "thing", "name": "good", "outcome": "passed", "reason": None},
            {"subject": "thing", "name": "bad", "outcome": "failed", "reason": "one is not more than two"},
            {"subject": "thing", "name": "absent", "outcome": "skipped", "reason": "no such thing here"},
            {"subject": "thing", "name": "after", "outcome": "skipped", "reason": "needs 'bad', which failed"},
        ],
        "run": 2,
        "failed": 1,
        "skipped": 2,
    }
    assert not report.ok


def test_a_check_is_run_once() -> None:
    thing = Thing()
    session = Session(thing)
    session.report([good, after, good])
    assert thing.calls == 1


def test_an_error_of_a_plugin_is_a_failure() -> None:
    result = Session(Thing()).result(raises)
    assert (result.outcome, result.reason) == ("failed", "SystemExit: 3")


def test_results_are_reported_immediately() -> None:
    told: list[str] = []
    Session(Thing(), lambda result: told.append(result.name)).report([after])
    assert told == ["good", "bad", "after"]


def test_nothing_run_is_not_ok() -> None:
    assert not Session(Thing()).report([absent]).ok
    assert not Report(()).ok


def test_a_skip_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        SkippedError(" ")


def test_a_check_needs_a_docstring() -> None:
    with pytest.raises(TypeError, match="a docstring that describes it"):
        check()(lambda _thing: None)


def test_a_check_can_be_called_alone() -> None:
    with pytest.raises(CheckFailedError):
        bad(Thing())
