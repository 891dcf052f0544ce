"""Measurements of several exports into one folder."""

from __future__ import annotations

import json
from pathlib import Path

from tlzoo.runs.exporting.summary import add_to_summary


def record(name: str, milliseconds: float = 1.0) -> dict[str, object]:
    return {"format": name, "bytes": 5, "milliseconds": milliseconds, "accuracy": 0.9, "difference": 0.1, "changed": 0}


def test_a_second_export_keeps_the_record_of_the_first(tmp_path: Path) -> None:
    for folder in ("litert", "litert-int8", "litert-int8-calibration-20"):
        (tmp_path / folder).mkdir()
    first, second = record("litert"), record("litert:int8?calibration=20", 0.2)
    add_to_summary(tmp_path, [first, record("litert:int8")])
    assert (tmp_path / "export.svg").read_text().count(">litert:int8<") == 2
    (tmp_path / "litert-int8").rmdir()
    add_to_summary(tmp_path, [second])
    assert json.loads((tmp_path / "export.json").read_text()) == [first, second]
    plot = (tmp_path / "export.svg").read_text()
    assert [plot.count(f">{name}<") for name in ("litert", "litert:int8", "litert:int8?calibration=20")] == [2, 0, 2]
    add_to_summary(tmp_path, [record("litert", 3.0)])
    assert [each["milliseconds"] for each in json.loads((tmp_path / "export.json").read_text())] == [0.2, 3.0]
