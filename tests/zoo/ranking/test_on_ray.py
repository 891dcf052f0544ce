"""A ranking on a Ray cluster is the one of this machine, though a worker is killed at its work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("ray")


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(made, shades: str, tmp_path: Path) -> None:
    words = ["rank", "--data", shades, "--backbone", "made/clear.x", "--score", "knn", "--no-baselines", "--json"]
    marker = tmp_path / "killed"
    made.environment |= {"MADE_KILL": str(marker), "TLZOO_CACHE": str(tmp_path / "ray"), "RAY_ADDRESS": "local"}
    spread = made.tlzoo(*words, "--engine", "ray")
    assert spread.stdout.startswith("{"), spread.stdout[:500]
    assert marker.exists()
    assert "features on ray: 204 samples" in spread.stderr
    assert "\nfeatures: " not in spread.stderr
    made.environment["TLZOO_CACHE"] = str(tmp_path / "alone")
    alone = made.tlzoo(*words)
    assert "features on ray" not in alone.stderr
    one, other = (json.loads(done.stdout) for done in (spread, alone))
    for entries in (one["entries"], other["entries"]):
        for each in entries:
            del each["cost"], each["front"]
    assert one == other
