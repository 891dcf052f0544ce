"""``tlzoo serve``: a run in Python, and wrong usage in one line. Docs and containers start the command."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from pathlib import Path

import pytest
import requests

import tlzoo
from tlzoo.cli import main
from tlzoo.runs import Run

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on rows of numbers, trained in a second."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "rows.csv").write_text(
        "a,b,size\n" + "".join(f"{n % 7},{n % 3},{'big' if n % 7 > 3 else 'small'}\n" for n in range(70))
    )
    return tlzoo.train(
        f"table:{folder / 'rows.csv'}?numbers=a,b&label=size",
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        epochs=2,
        export=["saved-model"],
        out=folder / "runs",
        verbose=0,
    )


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    code = main(["serve", *map(str, words)])
    return code, capsys.readouterr().err


def test_a_run_is_served_in_python(run: Run) -> None:
    (expected,) = run.predict([[6.0, 1.0]])
    with tlzoo.serve(run, port=0, name="sizes") as server:
        answer = requests.post(f"{server.url}/predict", json={"inputs": [[6, 1]]}, timeout=20)
        assert answer.status_code == 200, answer.text
        (found,) = answer.json()["predictions"]
        rest = requests.post(f"{server.url}/v1/models/sizes:predict", json={"instances": [[6, 1]]}, timeout=20).json()
        assert requests.post(f"{server.url}/predict", json={"inputs": [[6, 1, 2]]}, timeout=20).status_code == 422
    assert found["label"] == expected["label"] == "big"
    assert found["probabilities"] == pytest.approx(expected["probabilities"])
    assert rest["predictions"][0]["probabilities"] == pytest.approx(list(expected["probabilities"].values()))


def test_a_port_in_use(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, line = said(capsys, run.path, "--port", str(port))
    assert (code, line) == (
        1,
        f"tlzoo: port {port} of 127.0.0.1 is in use; stop the other program, or choose another --port; 0 is any\n",
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--runtime", "tensorflw"], 2, "no runtime 'tensorflw'; did you mean 'tensorflow'?"),
        (["--port", "99999"], 2, "port must be less than or equal to 65535; got 99999"),
        (["--workers", "0"], 2, "workers must be greater than or equal to 1; got 0"),
        (["--timeout", "nan"], 2, "timeout must be less than or equal to 3600; got nan"),
        (["--host", "no such host", "--port", "0"], 1, "'no such host' is not an address"),
        (["--host", "192.0.2.1", "--port", "0"], 1, "cannot listen on 192.0.2.1"),
    ],
)
def test_wrong_options(run: Run, capsys: pytest.CaptureFixture[str], words: list[str], code: int, message: str) -> None:
    found, line = said(capsys, run.path, *words)
    assert (found, line.count("\n")) == (code, 1)
    assert message in line


def test_a_folder_without_a_run_or_without_a_model(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, tmp_path, "--port", "0")[0] == 1
    shutil.copytree(run.path, tmp_path / "run", ignore=shutil.ignore_patterns("serving", "hashes.json"))
    code, line = said(capsys, tmp_path / "run", "--port", "0")
    assert code == 1
    assert line.endswith(
        "no serving/ folder to serve; train again with the export format 'saved-model' (--export saved-model)\n"
    )


def test_missing_packages(run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    code, line = said(capsys, run.path)
    assert (code, line.endswith("which is not installed; pip install 'tlzoo[serve]'\n")) == (3, True)


def test_a_changed_model_is_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(run.path, tmp_path / "run")
    with (tmp_path / "run/serving/saved_model.pb").open("ab") as stream:
        stream.write(b"x")
    code, line = said(capsys, tmp_path / "run", "--port", "0")
    assert code == 4
    assert "saved_model.pb was changed" in line
