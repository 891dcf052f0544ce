"""Plugins as strangers would write them: a backbone of KerasHub, a task, a modality; their wheels and the core's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from made_sounds import folder_of_sounds

import tlzoo

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = ("acme-hgnet", "acme-grades", "acme-audio")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environment"),
]


COMMANDS = """
import contextlib, io, json, sys
from tlzoo.cli import main

answers = sys.stdout
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]), file=answers, flush=True)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """A function that runs a command in an environment with the wheels of the core and of the samples.

    One process runs all of them, since TensorFlow's import takes longer than most.

    Other packages are those of this environment, in which the core and its plugins are editable and so not importable
    from there.
    """
    folder = tmp_path_factory.mktemp("third-party")
    place = folder / "environment"
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment |= {"TLZOO_CACHE": str(folder / "cache"), "TLZOO_SETTINGS": str(folder / "settings")}
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, place], check=True, env=environment)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    wheels = folder / "wheels"
    for project in (Path(tlzoo.__file__).parents[1], *(SAMPLES / name for name in NAMES)):
        build = ["uv", "build", "--quiet", "--wheel", "--out-dir", wheels, project]
        subprocess.run(build, check=True, env=environment)
    python = str(place / "bin" / "python")
    install = ["uv", "pip", "install", "-q", "--no-deps", "--python", python, *wheels.glob("*.whl")]
    subprocess.run(install, check=True, env=environment)
    where = [python, "-c", "import tlzoo; print(tlzoo.__file__)"]
    found = subprocess.run(where, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()) == site / "tlzoo/__init__.py"

    command = [python, "-c", COMMANDS]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout

        def run(*words: str | Path) -> str:
            process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
            process.stdin.flush()
            code, out, err = json.loads(process.stdout.readline())
            assert code == 0, out + err
            return out

        yield run
        process.stdin.close()


def test_its_entry_is_listed(run) -> None:
    (entry,) = json.loads(run("list", "acme/*", "--json"))
    assert (entry["id"], entry["plugin"], entry["installed"]) == ("acme/hgnet-v2-tiny.imagenet", "acme-hgnet", True)


def test_it_keeps_the_contract(run) -> None:
    report = json.loads(run("check", "acme-hgnet", "--json", "--quiet"))
    assert report["failed"] == 0
    assert report["run"] > 15


def test_it_trains(run) -> None:
    words = ("--backbone", "hgnet-v2-tiny", "--data", "digits:", "--weights", "random", "--per-class", "3")
    strategy = ("--strategy", "fine-tune", "-S", "unfreeze=stage4", "--epochs", "4", "--export", "none")
    result = json.loads(run("train", *words, *strategy, "--image-size", "32", "--json", "--quiet"))
    assert [phase["name"] for phase in result["phases"]] == ["head", "fine-tune"]


def test_a_task_keeps_the_contract_and_trains(run, tmp_path: Path) -> None:
    report = json.loads(run("check", "acme-grades", "--json", "--quiet"))
    assert report["failed"] == 0
    labels = np.arange(60) % 3
    images = np.random.default_rng(0).integers(0, 50, (60, 16, 16)) + 70 * labels[:, np.newaxis, np.newaxis]
    np.savez(tmp_path / "grades.npz", x=images.astype(np.uint8), y=labels, classes=("poor", "fair", "good"))
    words = ("--data", f"arrays:{tmp_path / 'grades.npz'}?task=acme-grades", "--backbone", "hgnet-v2-tiny")
    how = (
        "--weights",
        "random",
        "--image-size",
        "32",
        "--head",
        "acme-cumulative",
        "--strategy",
        "feature-extraction",
        "--epochs",
        "2",
        "--export",
        "none",
    )
    result = json.loads(run("train", *words, *how, "--json", "--quiet"))
    assert (result["task"], result["score"]) == ("acme-grades", "quadratic kappa")
    assert -1 <= result["test"]["quadratic_kappa"] <= 1


def test_a_modality_keeps_the_contract_and_does_all_of_the_zoo(run, tmp_path: Path) -> None:
    report = json.loads(run("check", "acme-audio", "--json", "--quiet"))
    assert report["failed"] == 0
    assert report["run"] > 15
    sounds = folder_of_sounds(tmp_path / "sounds")
    data = ("--data", f"sounds:{sounds}")
    ranking = json.loads(run("rank", *data, "--json", "--quiet"))
    assert [each["id"] for each in ranking["entries"]] == ["acme-audio/melnet.tones"]
    assert "mean spectrum" in {each["name"] for each in ranking["baselines"]}
    how = ("--backbone", "melnet", "--strategy", "gradual-unfreezing", "-S", "steps=2", "--augment", "standard")
    words = (*data, *how, "--epochs", "8", "--out", str(tmp_path / "runs"))
    result = json.loads(run("train", *words, "--json", "--quiet"))
    assert result["test"]["accuracy"] >= 0.8
    answers = json.loads(run("predict", result["run"], sounds / "bell", "--json", "--quiet"))
    assert [each["label"] for each in answers].count("bell") >= 10
    run("publish", result["run"], "--as", "sounds.mine", "--licence", "Apache-2.0", "--quiet")
    (entry,) = json.loads(run("list", "local/*", "--json"))
    assert (entry["id"], entry["input"]) == ("local/sounds.mine", "1 s, 16,000 Hz")
