"""Every fault is found by the check that names it, and by no other."""

from functools import cache

import pytest

from tlzoo.testing import BACKBONE_CHECKS, Report, check_entry

FAULTS = {
    "absent": None,
    "batchwise": "batch-of-one-equals-row",
    "broken": "loads",
    "eager": "eager-equals-compiled",
    "flops": "figures-as-measured",
    "forgetful": "pretrained-weights",
    "indifferent-head": "source-head-gives-probabilities",
    "kind": "features-as-declared",
    "lambda": "preprocessing-in-the-saved-model",
    "late-cut": "cuts-reproduce-the-whole",
    "logits-head": "source-head-gives-probabilities",
    "noisy": "deterministic",
    "observations": None,
    "orphan": "every-variable-in-one-stage",
    "own-size-only": None,  # load_backbone itself refuses any other size
    "parameters": "figures-as-measured",
    "pooling": "features-as-declared",
    "range": "input-as-declared",
    "restless": "frozen-stays-frozen",
    "seedless": "seeds-differ",
    "short-head": "source-head-gives-probabilities",
    "sigmoid-head": "source-head-gives-probabilities",
    "sound": None,
    "stopped": "everything-trains",
    "text": None,
    "twice": "every-variable-in-one-stage",
    "undefined": "loads",
    "unregistered": "save-and-reload-equal",
    "unresized": "odd-inputs-are-prepared",
    "valid-padding": "smallest-size-works",
}


QUICK = {check: fault for fault, check in reversed(FAULTS.items())}.values()
"""The first fault of each check; others of the same check are tried among the slow tests."""


@cache
def report_of(fault: str) -> Report:
    return check_entry(f"faulty/{fault}.random")


def test_every_fault_of_the_plugin_is_expected(faulty: tuple[str, ...]) -> None:
    assert set(faulty) == set(FAULTS)


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize(
    "fault", [pytest.param(each, marks=[] if each in QUICK else [pytest.mark.slow]) for each in FAULTS]
)
def test_the_right_check_fails(fault: str) -> None:
    report = report_of(fault)
    failed = {result.name: result.reason for result in report.results if result.outcome == "failed"}
    assert set(failed) == ({FAULTS[fault]} - {None}), failed
    assert len(report.results) == len(BACKBONE_CHECKS)
    assert all(result.reason for result in report.results if result.outcome != "passed")


@pytest.mark.usefixtures("faulty")
def test_a_sound_entry_passes_everything() -> None:
    report = report_of("sound")
    assert (report.run, report.failed, report.skipped) == (len(BACKBONE_CHECKS), 0, 0)


@pytest.mark.usefixtures("faulty")
def test_an_entry_without_weights_is_checked_on_random_ones_with_a_note() -> None:
    report = report_of("absent")
    skipped = {result.name: result.reason for result in report.results if result.outcome == "skipped"}
    assert skipped == {
        "pretrained-weights": "not on this machine: package:faulty/absent.npz",
        "source-head-gives-probabilities": "the files are not on this machine",
    }


@pytest.mark.usefixtures("faulty")
def test_checks_that_depend_on_a_failed_check_are_skipped_with_the_reason() -> None:
    report = report_of("broken")
    assert report.failed == 1
    assert "RuntimeError: the loader is broken" in report.results[0].reason
    assert report.results[1].reason == "needs 'loads', which failed"
    assert not report.ok
