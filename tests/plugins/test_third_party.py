"""A plugin as a stranger would write it, around a network of KerasHub, installed from its own wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import tlzoo

SAMPLE = Path(__file__).parents[1] / "samples" / "acme-hgnet"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environment"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """Return a function that runs a command in an environment where the sample is installed, as tlzoo installs it."""
    folder = tmp_path_factory.mktemp("third-party")
    place = folder / "environment"
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment |= {"TLZOO_CACHE": str(folder / "cache"), "TLZOO_SETTINGS": str(folder / "settings")}
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, place], check=True, env=environment)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{Path(tlzoo.__file__).parent.parent}\n")
    subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", folder, SAMPLE], check=True, env=environment)
    (wheel,) = folder.glob("*.whl")
    python = str(place / "bin" / "python")
    subprocess.run(["uv", "pip", "install", "-q", "--no-deps", "--python", python, wheel], check=True, env=environment)

    def run(*words: str | Path) -> str:
        done = subprocess.run(
            [python, "-m", *map(str, words)], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_its_entry_is_listed(run) -> None:
    (entry,) = json.loads(run("tlzoo.cli", "list", "acme/*", "--json"))
    assert (entry["id"], entry["plugin"], entry["installed"]) == ("acme/hgnet-v2-tiny.imagenet", "acme-hgnet", True)


def test_it_keeps_the_contract(run) -> None:
    report = json.loads(run("tlzoo.cli", "check", "acme-hgnet", "--json", "--quiet"))
    assert report["failed"] == 0
    assert report["run"] > 15


def test_it_trains(run) -> None:
    words = ("--backbone", "hgnet-v2-tiny", "--data", "digits:", "--weights", "random", "--per-class", "3")
    strategy = ("--strategy", "gradual-unfreezing", "-S", "steps=2", "--epochs", "4", "--export", "none")
    result = json.loads(run("tlzoo.cli", "train", *words, *strategy, "--image-size", "32", "--json", "--quiet"))
    assert [phase["name"] for phase in result["phases"]] == ["head", "down to stage3", "down to stem"]
