"""Runtimes of a server: exported files give the answers of TensorFlow, and damaged ones are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

import tlzoo
from tlzoo.errors import BytesRefusedError, PluginError, RunError, UsageError
from tlzoo.modalities.numeric.raw_inputs import NumberInputs
from tlzoo.runs import Run
from tlzoo.runs.serving.runtimes import exported_compute, finite_compute, runtime_exporter
from tlzoo.tasks import PLAIN, Classification

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")
pytest.importorskip("ai_edge_litert", reason="the extra tlzoo[litert] is not installed")

ROWS = [[6.0, 1.0], [0.5, 2.0], [1e6, -1e6]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with a LiteRT file."""
    folder = tmp_path_factory.mktemp("run")
    rows = "".join(f"{n % 7},{n % 3},{'big' if n % 7 > 3 else 'small'}\n" for n in range(70))
    (folder / "rows.csv").write_text("a,b,size\n" + rows)
    return tlzoo.train(
        f"table:{folder / 'rows.csv'}?numbers=a,b&label=size",
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        epochs=2,
        export=["saved-model", "litert"],
        out=folder / "runs",
        verbose=0,
    )


def predictions(run: Run, runtime: str) -> list[dict[str, Any]]:
    with run.serve(port=0, runtime=runtime) as server:
        answer = requests.post(f"{server.url}/predict", json={"inputs": ROWS}, timeout=20).json()
        assert requests.get(f"{server.url}/metadata", timeout=20).json()["runtime"] == runtime
    found: list[dict[str, Any]] = answer["predictions"]
    return found


def same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    pairs = zip(found, expected, strict=True)
    return all(a["label"] == b["label"] and a["probabilities"] == pytest.approx(b["probabilities"]) for a, b in pairs)


@pytest.mark.slow
def test_an_exported_file_gives_the_answers_of_tensorflow(run: Run) -> None:
    assert same(predictions(run, "litert"), run.predict(ROWS))


@pytest.mark.slow
def test_a_missing_file_is_exported_for_the_server(run: Run) -> None:
    assert same(predictions(run, "litert:float16"), run.predict(ROWS))
    assert not (run.path / "exports/litert-float16").exists()


@pytest.mark.slow
def test_files_without_a_hash_and_changed_files_are_refused(run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run.path, copy)
    shutil.copytree(copy / "exports/litert", copy / "exports/litert-float16")
    with pytest.raises(BytesRefusedError, match="was added after the run ended"):
        Run(copy).serve(port=0, runtime="litert:float16")
    shutil.rmtree(copy / "exports/litert-float16")
    card = json.loads((copy / "exports/litert/card.json").read_text())
    (copy / "exports/litert/card.json").write_text(json.dumps(card | {"file": "../../../other.tflite"}))
    with pytest.raises(BytesRefusedError, match=r"card\.json was changed"):
        Run(copy).serve(port=0, runtime="litert")


def test_runtimes_are_formats_with_a_runtime() -> None:
    assert runtime_exporter("tensorflow") is None
    exporter = runtime_exporter("litert:int8")
    assert exporter is not None
    assert exporter.precision == "int8"
    for name in ("keras", "saved-model", "container", "litertt", "../x"):
        with pytest.raises(UsageError, match="no runtime "):
            runtime_exporter(name)
    with pytest.raises(UsageError, match="no precision 'int9'"):
        runtime_exporter("litert:int9")


def test_a_runtime_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlzoo.export.contract.find_spec", lambda _name: None)
    with pytest.raises(PluginError, match=r"not installed; pip install 'tlzoo\[onnx\]'"):
        runtime_exporter("onnx")


def total(inputs: Any) -> np.ndarray:
    """Sum the inputs, as a runtime that fails at a batch of zeros."""
    sums = inputs["samples"].sum(axis=1)
    if not sums.any():
        raise RuntimeError("no tokens")
    return np.stack([sums, 1 - sums], 1)


def test_unreadable_inputs_and_failures_of_the_runtime() -> None:
    def prepare(batch: Any) -> dict[str, np.ndarray]:
        return {"samples": np.array(batch, np.float32), "readable": np.array([each[0] >= 0 for each in batch])}

    def by_tensorflow(batch: Any) -> dict[str, np.ndarray]:
        return {"label": np.array([b"other"] * len(batch), object)}

    said: list[str] = []
    compute = exported_compute(prepare, by_tensorflow, total, Classification(("a", "b")), PLAIN, said.append)
    found = compute([[0.75], [-1.0]])
    assert found["label"][0] == b"a"
    assert np.isnan(found["probabilities"]).tolist() == [[False, False], [True, True]]
    assert said == []
    for _ in range(2):
        assert compute([[0.0]])["label"].tolist() == [b"other"]
    (line,) = said
    assert line == "the runtime failed, so TensorFlow computes batches at which it does: RuntimeError: no tokens"


def test_only_unreadable_and_extreme_inputs_may_have_no_answer() -> None:
    def prepare(batch: Any) -> dict[str, np.ndarray]:
        return {"readable": np.array([each[0] >= 0 for each in batch])}

    def answered(batch: Any) -> dict[str, np.ndarray]:
        first = np.array(batch, np.float32)[:, 0]
        first = np.where((first >= 0) & (first <= 1), first, np.nan)
        return {"label": np.array([b"a"] * len(batch), object), "probabilities": np.stack([first, 1 - first], 1)}

    compute = finite_compute(answered, prepare, NumberInputs("numbers", (1,)), Classification(("a", "b")))
    rows = np.float32([[0.5], [-1], [1e30]])
    assert np.isnan(compute(rows)["probabilities"][:, 0]).tolist() == [False, True, True]
    with pytest.raises(RunError, match="the model returns NaN or infinity for an input that can be read"):
        compute(np.float32([[0.5], [2.0]]))
