from pathlib import Path

import pytest

from tlzoo.errors import BytesRefusedError
from tlzoo.runs.files.journal import Journal, MetricsFile


def test_written_records_can_be_read(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append("begin", position=1, phase="head")
    journal.append("end", position=1, score=float("nan"))
    again = Journal(tmp_path / "journal.jsonl")
    assert [event["event"] for event in again.events] == ["begin", "end"]
    assert again.find("begin", position=1) == {"event": "begin", "position": 1, "phase": "head"}
    assert again.find("begin", position=2) is None


@pytest.mark.parametrize("length", range(1, 20))
def test_a_line_cut_short_anywhere_is_dropped(tmp_path: Path, length: int) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append("first", position=1)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"event": "second", "position": 2}'[:length])
    journal = Journal(path)
    assert [event["event"] for event in journal.events] == ["first"]
    journal.append("second", position=2)
    assert [event["event"] for event in Journal(path).events] == ["first", "second"]


def test_a_damaged_line_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text("no json\n")
    with pytest.raises(BytesRefusedError, match="is damaged"):
        Journal(path)


def test_the_figures_of_an_epoch_are_written_once(tmp_path: Path) -> None:
    metrics = MetricsFile(tmp_path / "metrics.jsonl")
    for epoch in (1, 2, 2, 1):
        metrics.append(position=1, epoch=epoch, loss=0.5)
    assert [line["epoch"] for line in MetricsFile(tmp_path / "metrics.jsonl").lines] == [1, 2]
