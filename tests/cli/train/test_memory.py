"""The memory limit on the command line: what `--explain` says of it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

TRAIN = ("train", "--data", "digits:", "--backbone", "glyphnet", "--strategy", "fine-tune", "-S", "unfreeze=all")


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of one gigabyte, far more than batches of 32 small images need."""
    monkeypatch.setenv("TLZOO_MEMORY", "1GB")


def test_explain_names_peak_and_limit(tlzoo: Any) -> None:
    done = tlzoo(*TRAIN, "--explain", "--json")
    plan = json.loads(done.out)
    assert plan["memory"] == {"limit_bytes": 1_000_000_000, "source": "TLZOO_MEMORY=1GB"}
    assert all(phase["peak_bytes"] < 1_000_000_000 for phase in plan["phases"])
    assert plan["phases"][-1]["largest_batch"] > 32


def test_explain_says_which_phase_would_be_refused(tlzoo: Any) -> None:
    done = tlzoo(*TRAIN, "--batch-size", 30_000, "--explain")
    assert done.code == 0
    assert "Memory limit: 1.0 GB (TLZOO_MEMORY=1GB)." in done.out
    assert "Phase 'fine-tune' would be refused: batches of 30000 need about" in done.out


def test_a_batch_that_does_not_fit_is_refused_before_anything_trains(tlzoo: Any, tmp_path: Path) -> None:
    """The head alone would fit, and comes first: the later phase is planned before."""
    done = tlzoo(*TRAIN, "--batch-size", 30_000, "--out", tmp_path / "runs")
    assert done.code == 1
    assert done.last.startswith("tlzoo: phase 'fine-tune' needs about ")
    assert "with batches of 30000; the limit is 1.0 GB (TLZOO_MEMORY=1GB); use --batch-size " in done.last
    assert "(the largest that fits), or smaller images, or a higher TLZOO_MEMORY" in done.last
    assert not (tmp_path / "runs").exists()


def test_a_limit_that_is_not_a_size_is_wrong_usage(tlzoo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLZOO_MEMORY", "plenty")
    done = tlzoo(*TRAIN, "--explain")
    assert (done.code, done.last) == (
        2,
        "tlzoo: TLZOO_MEMORY=plenty is not a size; use, for example, 4GB, 512MiB or 50%",
    )
