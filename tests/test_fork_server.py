"""Processes forked from the server behave as Python processes that were started."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from fork_server import ForkServer

SLEEP = ["-c", "import time; time.sleep(60)"]


def test_output_arguments_and_exit_code_are_those_of_python(fork_server: ForkServer) -> None:
    done = fork_server.run(["-c", "import sys; print(sys.argv); sys.exit('no')", "word"])
    assert (done.returncode, done.stdout, done.stderr) == (1, "['-c', 'word']\n", "no\n")


def test_a_process_can_be_killed_also_when_it_has_ended(fork_server: ForkServer) -> None:
    running, ended = fork_server.begin(SLEEP), fork_server.begin(["-c", "pass"])
    running.kill(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    time.sleep(0.2)
    ended.kill(signal.SIGKILL)
    assert ended.wait() == 0


def test_in_a_shell_killing_the_command_kills_the_process(fork_server: ForkServer, tmp_path: Path) -> None:
    write = f"import os, pathlib; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))"
    program = f"{write}; import time; time.sleep(60)"
    script = f'python -c "{program}" & while [ ! -s pid ]; do sleep 0.05; done; kill -9 $!; wait $!; echo $?'
    command = ["bash", "-c", script]
    environment = fork_server.environment
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout == "137\n"
    process = Path("/proc", (tmp_path / "pid").read_text())
    for _ in range(100):
        if not process.exists():
            break
        time.sleep(0.05)
    assert not process.exists()


def test_a_disconnected_client_does_not_stop_the_server(fork_server: ForkServer) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(fork_server.folder / "socket"))
        connection.sendall(b"half a request")
    assert fork_server.run(["-c", "print(1)"]).stdout == "1\n"
