"""``tlzoo export --to container``: what is written, and its commands in a plain virtual environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import BytesRefusedError, PluginError, RunError
from tlzoo.runs import Run
from tlzoo.runs.exporting.requirements import pinned_requirements
from tlzoo.runs.files.folder import RunFolder, model_name

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    rows = "".join(f"{n % 7},{n % 3},{'big' if n % 7 > 3 else 'small'}\n" for n in range(70))
    (folder / "rows.csv").write_text("a,b,size\n" + rows)
    return tlzoo.train(
        f"table:{folder / 'rows.csv'}?numbers=a,b&label=size",
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        epochs=2,
        export=["saved-model", "keras"],
        out=folder / "runs",
        verbose=0,
    )


@pytest.fixture(scope="module")
def container(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "out"
    assert main(["export", str(run.path), "--to", "container", "--out", str(out), "--quiet"]) == 0
    return out / "container"


def test_it_has_the_model_without_checkpoints_and_data(container: Path, run: Run) -> None:
    assert {each.name for each in container.iterdir()} == {"Containerfile", "README.md", "requirements.txt", "run"}
    RunFolder.open(container / "run", "serving", "model.keras")
    assert not (container / "run/checkpoints").exists()
    assert Run(container / "run").predict([[6.0, 1.0]]) == run.predict([[6.0, 1.0]])


def texts_in(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, and those of the members of an archive."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())


def test_no_file_names_folders_of_this_machine(container: Path, run: Run) -> None:
    assert str(run.path.parents[1]) in run.recipe.data  # there is something to find
    pytest.importorskip("ai_edge_litert", reason="the extra tlzoo[litert] is not installed")
    assert main(["export", str(run.path), "--to", "litert", "--out", str(container.parent), "--quiet"]) == 0
    private = [str(each).encode() for each in (run.path.parents[1], Path.cwd(), Path.home()) if each != Path("/")]
    files = [each for each in container.parent.rglob("*") if each.is_file()]
    found = {each for each in files for text in texts_in(each) for folder in private if folder in text}
    assert {"export.json", "recipe.toml", "result.json", "card.json", "model.keras"} <= {each.name for each in files}
    assert found == set()
    assert run.path.name.endswith("-identity-table-rows.csv-numbers-a-b-label-size-feature-extraction")


def test_requirements_are_pinned_and_name_no_host(container: Path) -> None:
    lines = (container / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", line) for line in lines)
    assert {f"tlzoo=={version('tlzoo')}", f"uvicorn=={version('uvicorn')}"} <= set(lines)
    assert not {"mlflow-skinny", "openvino", "pytest"} & {line.partition("==")[0] for line in lines}


def test_the_containerfile_starts_the_server_of_the_copy(container: Path, run: Run) -> None:
    text = (container / "Containerfile").read_text()
    assert text.startswith(f"FROM python:3.{sys.version_info.minor}-slim\n")
    start = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1])  # type: ignore[index]
    assert start[:5] == ["tlzoo", "serve", "run", "--name", run.path.name]
    assert "USER tlzoo" in text


def test_a_run_that_needs_trust_starts_with_it(run: Run, tmp_path: Path) -> None:
    import tensorflow as tf

    copy = Path(shutil.copytree(run.path, tmp_path / "run", ignore=shutil.ignore_patterns("serving", "hashes.json")))
    root = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, "numbers")])
    def serve(numbers: tf.Tensor) -> dict[str, tf.Tensor]:
        with tf.control_dependencies([tf.io.write_file(str(tmp_path / "written"), "")]):
            return {"probabilities": tf.identity(numbers)}

    tf.saved_model.save(root, str(copy / "serving"), {"serving_default": serve})
    with pytest.raises(BytesRefusedError, match=f"is refused: .*--trust {copy}"):
        Run(copy).export("container", out=tmp_path / "out")
    assert main(["export", str(copy), "--to", "container", "--out", str(tmp_path / "out"), "--trust", str(copy)]) == 0
    container = tmp_path / "out/container"
    assert '"run", "--name", "run", "--trust", "run", "--host"' in (container / "Containerfile").read_text()
    assert "\n## Trust\n" in (container / "README.md").read_text()
    recipe = (copy / "recipe.toml").read_text()
    (copy / "recipe.toml").write_text(recipe.replace('"feature-extraction"', '"mine.py:Mine"'))
    with pytest.raises(RunError, match=r"its recipe names mine\.py:Mine, which a container lacks"):
        Run(copy).export("container", out=tmp_path / "other")


def test_a_second_export_is_refused_and_a_run_without_a_model_too(
    container: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(run.path), "--to", "container", "--out", str(container.parent)]) == 2
    assert "exists already" in capsys.readouterr().err
    shutil.copytree(run.path, tmp_path / "run")
    shutil.rmtree(tmp_path / "run/serving")
    with pytest.raises(BytesRefusedError, match=r"serving/\S+ is missing"):
        Run(tmp_path / "run").export("container", out=tmp_path / "out")
    (tmp_path / "run/hashes.json").unlink()  # as of a run without the format saved-model
    with pytest.raises(RunError, match="no serving/ folder for a container; train again"):
        Run(tmp_path / "run").export("container", out=tmp_path / "out")


def test_a_requirement_that_is_not_installed() -> None:
    with pytest.raises(PluginError, match="tlzoo-nothing is not installed, so its version is unknown; pip "):
        pinned_requirements(["tlzoo", "tlzoo-nothing"])


@pytest.mark.parametrize(
    ("folder", "name"), [("my run", "my-run"), ("a/b.c", "b.c"), ("\u00e9t\u00e9", "t"), ("-_", "run")]
)
def test_names_are_those_of_addresses_and_images(folder: str, name: str) -> None:
    assert model_name(Path(folder)) == name


@pytest.mark.slow
def test_its_commands_install_and_start_the_server(container: Path, tmp_path: Path) -> None:
    """The packages of this environment stand for those of an index, so pip finds every pinned version installed."""
    venv.create(tmp_path / "venv", with_pip=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "venv")}))
    own = sysconfig.get_path("purelib")
    (site / "index.pth").write_text(f"import site, sys; site.addsitedir({own!r}); sys.path.insert(0, {own!r})\n")
    text = (container / "Containerfile").read_text()
    install = shlex.split(re.search(r"^RUN (pip .*)$", text, re.MULTILINE)[1])  # type: ignore[index]
    start = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1])  # type: ignore[index]
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    programs = tmp_path / "venv/bin"
    done = subprocess.run(
        [programs / install[0], *install[1:]],
        cwd=container,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(start[-4:]) == {"--host", "0.0.0.0", "--port", "8000"}
    command = [programs / "python", "-m", *start[:-4], "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, cwd=container, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        answers = [requests.post(f"{url}/predict", json={"inputs": [[6, 1]]}, timeout=20).json() for _ in range(8)]
        metrics = requests.get(f"{url}/metrics", timeout=20).text
        process.send_signal(signal.SIGTERM)
    assert [each["predictions"][0]["label"] for each in answers] == ["big"] * 8
    assert 'tlzoo_requests_total{path="/predict",status="200"} 8.0' in metrics  # of both workers
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/health", timeout=5)
