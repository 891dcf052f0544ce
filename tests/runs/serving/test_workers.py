"""Workers of a server: one that dies is replaced, and one that cannot be replaced ends the server."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tlzoo.errors import BytesRefusedError
from tlzoo.runs.serving.options import ServerOptions
from tlzoo.runs.serving.server import bound_socket
from tlzoo.runs.serving.workers import Workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="workers are not supported on Windows")

PROGRAM = """#!{python} -S
import json, os, sys
run = json.loads(sys.stdin.readline())["run"]
number = len(os.listdir(run))
open(os.path.join(run, str(os.getpid())), "x").close()
error = {{"error": "the model was changed", "fix": "restore it", "kind": "BytesRefusedError"}}
print(json.dumps({{"ready": True}} if number < {good} else error), flush=True)
sys.stdin.read() if number < {good} else sys.exit(4)
"""


def started(monkeypatch: pytest.MonkeyPatch, folder: Path, good: int, said: list[str]) -> Workers:
    """Start two workers without a model; all after the first ``good`` fail."""
    program, run = folder / "python", folder / "run"
    program.write_text(PROGRAM.format(python=sys.executable, good=good))
    program.chmod(0o755)
    run.mkdir()
    monkeypatch.setattr(sys, "executable", str(program))
    options = ServerOptions.checked(port=0, workers=2)
    return Workers(run, options, None, bound_socket(options), said.append)


def kill_one(folder: Path) -> None:
    os.kill(int(next((folder / "run").iterdir()).name), signal.SIGKILL)


def test_a_worker_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    with started(monkeypatch, tmp_path, 3, said) as server:
        kill_one(tmp_path)
        last = time.monotonic() + 20
        while len(list((tmp_path / "run").iterdir())) < 3:
            assert time.monotonic() < last
            time.sleep(0.02)
        assert not server.wait(0)
    assert said == ["a worker ended with exit code -9; it is replaced"]


def test_a_worker_that_cannot_be_replaced_ends_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    server = started(monkeypatch, tmp_path, 2, said)
    kill_one(tmp_path)
    with pytest.raises(BytesRefusedError, match="the model was changed; restore it"):
        server.wait(20)
    assert server.wait(0)
    assert len(list((tmp_path / "run").iterdir())) == 3
