"""A ranking on a Ray cluster is the one of this machine, though a worker is killed at its work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tlzoo.zoo.ranking import rank

pytest.importorskip("ray")


@pytest.mark.slow
@pytest.mark.usefixtures("made")
def test_cached_features_do_not_start_workers(shades: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # where nobody is
    how: dict[str, Any] = {"patterns": ["made/clear.x"], "scores": ["knn"], "baselines": False, "curves": False}
    alone = rank(shades, **how)
    assert rank(shades, engine="ray", **how).entries[0].scores == alone.entries[0].scores


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(made, shades: str, tmp_path: Path) -> None:
    words = ["rank", "--data", shades, "--backbone", "made/clear.x", "--score", "knn", "--no-baselines", "--json"]
    marker = tmp_path / "killed"
    made.environment |= {"MADE_KILL": str(marker), "TLZOO_CACHE": str(tmp_path / "ray"), "RAY_ADDRESS": "local"}
    spread = made.tlzoo(*words, "--engine", "ray")
    assert spread.stdout.startswith("{"), spread.stdout[:500]
    assert marker.exists()
    assert "features on Ray: 204 samples" in spread.stderr
    assert "\nfeatures: " not in spread.stderr
    made.environment["TLZOO_CACHE"] = str(tmp_path / "alone")
    alone = made.tlzoo(*words)
    assert "features on Ray" not in alone.stderr
    one, other = (json.loads(done.stdout) for done in (spread, alone))
    for entries in (one["entries"], other["entries"]):
        for each in entries:
            del each["cost"], each["front"]
    assert one == other
