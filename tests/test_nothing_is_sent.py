"""Nothing is sent unasked: no command that needs no network opens a connection, and no library reports home."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tlzoo.cli
from tlzoo.process.telemetry import SWITCHES


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was to be connected to or looked up; every such attempt fails. Sockets within the machine are allowed."""
    made: list[Any] = []

    def refusing(own: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any, *more: Any) -> Any:
            if self.family == getattr(socket, "AF_UNIX", None):
                return own(self, address, *more)
            made.append(address)
            raise OSError("no network in this test")

        return connect

    def lookup(*host: Any, **_: Any) -> Any:
        made.append(host)
        raise OSError("no network in this test")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refusing(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection"):
        monkeypatch.setattr(socket, name, lookup)
    return made


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.delenv("TLZOO_OFFLINE", raising=False)  # as it is for a user
    (tmp_path / "t.csv").write_text("text,label\n" + "".join(f"a fine day {n},{'ab'[n % 2]}\n" for n in range(12)))
    return tmp_path


def run(*words: str) -> None:
    assert tlzoo.cli.main([*words, "--quiet"]) == 0, words


def test_the_test_sees_a_connection(attempts) -> None:
    with socket.socket(socket.AF_INET) as made, pytest.raises(OSError, match="no network in this test"):
        made.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="no network in this test"):
        socket.create_connection(("example.org", 80))
    left, right = socket.socketpair()
    left.close()
    right.close()
    assert len(attempts) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", "glyphnet"),
        ("show", "keras/mobilenet-v2.imagenet"),
        ("compare", "glyphnet", "efficientnet-lite0"),
        ("strategies",),
        ("heads", "mlp"),
        ("adapters",),
        ("scores",),
        ("plugins", "list"),
        ("new", "head", "pets"),
        ("registry", "build", "--out", "index.toml"),
        ("verify", "glyphnet"),
        ("cache", "list"),
        ("runs",),
        ("data", "inspect", "table:t.csv?text=text&label=label"),
    ],
    ids=" ".join,
)
def test_a_command_without_tensorflow_connects_to_nothing(attempts, here, words: tuple[str, ...]) -> None:
    if words[:2] == ("registry", "build"):
        words = (*words, str(Path(__file__).parent.parent / "plugins" / "tlzoo-vision"))
    run(*words)
    assert attempts == []


@pytest.mark.slow
def test_a_training_and_the_use_of_its_run_connect_to_nothing(attempts, here: Path) -> None:
    digits = ("--data", "digits:", "--backbone", "glyphnet", "--per-class", "3")
    run("train", *digits, "--strategy", "feature-extraction", "--epochs", "1")
    (path,) = (here / "runs").iterdir()
    run("evaluate", str(path))
    run("runs", "show", str(path))
    run("features", "digits:", "--backbone", "glyphnet", "--out", "features.npz")
    run("rank", "--data", "digits:", "--backbone", "glyphnet", "--sample", "40", "--html", "ranking.html")
    run("data", "preview", "digits:", "--augment", "light", "--out", "sheet.png")
    run("publish", str(path), "--as", "mine", "--licence", "Apache-2.0")
    tlzoo.cli.main(["doctor", "--quiet"])
    assert attempts == []


@pytest.mark.parametrize(("name", "value"), SWITCHES.items())
def test_a_switch_of_the_users_own_is_left_alone(monkeypatch, name: str, value: str) -> None:
    from tlzoo.process.telemetry import switch_off

    monkeypatch.setenv(name, "mine")
    switch_off()
    assert os.environ[name] == "mine" != value


def test_libraries_that_report_home_are_switched_off() -> None:
    script = """
import json, tlzoo
from huggingface_hub import constants
from openvino.tools.ovc import telemetry_utils
from ray._common.usage import usage_lib
print(json.dumps([constants.HF_HUB_DISABLE_TELEMETRY, telemetry_utils.tm.__name__, usage_lib.usage_stats_enabled()]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, "openvino.tools.ovc.telemetry_stub", False]
