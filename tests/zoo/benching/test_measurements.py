"""Measurements are lines that are appended, and compared within one machine alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tlzoo.zoo.benching import (
    Machine,
    Measurement,
    append_measurement,
    latest,
    measurements,
    measurements_path,
    this_machine,
)

MADE = Measurement("a/b.c", "d", "tensorflow", this_machine(), 2.0, 900.0, 32, by="rank", time="2026-01-01T00:00:00")


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))


def test_appended_lines_are_read() -> None:
    kept = replace(MADE, load_seconds=1.5, peak_bytes=10, versions=(("tlzoo", "0.1"),))
    append_measurement(MADE)
    append_measurement(kept)
    assert measurements() == [MADE, kept]
    assert json.loads(measurements_path().read_text().splitlines()[0])["machine"]["id"] == this_machine().id


def test_another_machine_s_are_not_shown() -> None:
    append_measurement(replace(MADE, machine=Machine("another processor", 64)))
    assert measurements() == []
    assert latest("a/b.c") is None


def test_of_several_the_bench_s_latest_counts() -> None:
    bench = replace(MADE, by="bench", latency_ms=1.0)
    for each in (bench, replace(bench, time="2026-01-02T00:00:00", latency_ms=3.0), replace(MADE, time="2027")):
        append_measurement(each)
    found = latest("a/b.c", digest="d")
    assert found is not None
    assert found.latency_ms == 3.0
    assert latest("a/b.c", digest="another") is None
    assert latest("a/b.c", engine="openvino") is None


def test_lines_that_cannot_be_read_are_passed_over() -> None:
    path = append_measurement(MADE)
    with path.open("a") as stream:
        stream.write('{"entry": 3}\nno json\n[1]\n{"entry": "cut')
    assert measurements() == [MADE]


@pytest.mark.parametrize(
    "change",
    [
        {"latency_ms": float("nan")},
        {"latency_ms": True},
        {"throughput": -1.0},
        {"time": 7},
        {"entry": ["a"]},
        {"peak_bytes": "much"},
        {"versions": {"tlzoo": 1}},
        {"machine": []},
    ],
)
def test_a_line_of_other_types_is_skipped(change: dict[str, object]) -> None:
    append_measurement(MADE)
    with measurements_path().open("a") as stream:
        stream.write(json.dumps(MADE.to_json() | change) + "\n")
        stream.write("[" * 100_000 + "\n")
    assert measurements() == [MADE]
