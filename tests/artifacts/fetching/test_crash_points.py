"""``kill -9`` before every change to the disk that fetching makes leaves a cache that works at once."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXPECTED = {
    "file": ["none", "new"],
    "first use": ["none", "new"],
    "archive": ["none", "new"],
    "folder": ["none", "new"],
    "damaged": ["old", "none", "new"],
    "mirror": ["none", "new"],
}
MEMBERS = {"a.txt": b"a", "b/c.txt": b"c"}


@pytest.mark.slow
def test_fetching_continues_after_a_crash_at_any_point(server, archive, sha256, tmp_path: Path) -> None:
    body, packed = b"weights" * 1000, archive(MEMBERS)
    server.at("/net.bin", body)
    server.at("/net", packed)
    for path, data in MEMBERS.items():
        server.at(f"/preset/{path}", data)
    script = Path(__file__).with_name("crashing_fetches.py")
    hashes = [sha256(each) for each in (packed, body, *MEMBERS.values())]
    words = [str(tmp_path), f"http://127.0.0.1:{server.server_port}", *hashes]
    done = subprocess.run(
        [sys.executable, str(script), *words], env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: [state for state, _ in itertools.groupby(states)] for name, states in found.items()} == EXPECTED
    assert all(len(states) > 10 for states in found.values())
