"""Predictions of a run by its exported file, without TensorFlow."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import ExportError
from tlzoo.runs import Run
from tlzoo.runs.files.hashes import add_hashes
from tlzoo.runs.files.own_exports import remember_exports

pytest.importorskip("ai_edge_litert", reason="the extra tlzoo[litert] is not installed")

ROWS = ["1,2,3,4", "0.1,0,0.5,-2"]
PLAIN = """
import sys
from tlzoo.cli import main
code = main(["predict", sys.argv[1], "1,2,3,4", "--json"])
heavy = [name for name in ("tensorflow", "keras") if name in sys.modules]
sys.exit(f"imported {heavy}" if heavy else code)
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on rows of numbers with ``exports/litert``."""
    folder = tmp_path_factory.mktemp("run")
    generator = np.random.default_rng(0)
    labels = np.arange(80) % 2
    rows = (generator.normal(0, 1, (80, 4)) + 1.5 * labels[:, np.newaxis]).astype(np.float32)
    run = tlzoo.train(
        (rows, labels),
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        epochs=1,
        export=["saved-model", "litert", "litert:float16"],
        out=folder,
        verbose=0,
    )
    return run.path


@pytest.fixture
def run(exported: Path, tmp_path: Path) -> Run:
    """A copy of that run, to be changed."""
    return Run(Path(shutil.copytree(exported, tmp_path / "run")))


@pytest.mark.slow
def test_an_exported_file_is_used_without_tensorflow(exported: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PLAIN, str(exported)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "predicting with exports/litert/model.tflite; --runtime tensorflow uses the SavedModel\n"
    (answer,) = json.loads(done.stdout)
    assert set(answer) == {"input", "label", "probabilities"}


def test_its_predictions_are_those_of_the_saved_model(exported: Path, capsys) -> None:
    answers = []
    for words in ([], ["--runtime", "litert"], ["--runtime", "tensorflow"], ["--runtime", "litert:float32"]):
        assert main(["predict", str(exported), *ROWS, "unreadable", "--json", *words]) == 1
        answers.append(json.loads(capsys.readouterr().out))
    for own, named, wanted, with_precision in zip(*answers, strict=True):
        assert own == named == with_precision
        assert {key: value for key, value in own.items() if key != "probabilities"} == {
            key: value for key, value in wanted.items() if key != "probabilities"
        }
        if wanted["probabilities"] is not None:
            assert own["probabilities"] == pytest.approx(wanted["probabilities"], abs=1e-6)


def test_a_changed_file_is_refused(run: Run, capsys) -> None:
    with (run.path / "exports/litert/model.tflite").open("ab") as stream:
        stream.write(b"\0")
    assert main(["predict", str(run.path), ROWS[0]]) == 4
    assert "model.tflite was changed" in capsys.readouterr().err


def test_a_folder_with_an_added_file_is_not_used(run: Run, capsys) -> None:
    (run.path / "exports/litert/more.txt").touch()
    assert main(["predict", str(run.path), ROWS[0]]) == 0
    assert capsys.readouterr().err == ""


def test_an_export_that_ended_while_it_rewrote_its_table_leaves_the_run_usable(run: Run, capsys) -> None:
    (run.path / "exports/export.json").write_text("[")
    assert main(["predict", str(run.path), ROWS[0]]) == 0


@pytest.mark.parametrize("card", ['{"format": 1}', "[1]"])
def test_a_damaged_card_is_refused(run: Run, card: str, capsys) -> None:
    (run.path / "exports/litert/card.json").write_text(card)
    add_hashes(run.path, "exports")
    assert main(["predict", str(run.path), ROWS[0]]) == 4
    assert "card.json is damaged" in capsys.readouterr().err


def test_a_file_that_leaves_its_folder_is_refused(run: Run, capsys) -> None:
    path = run.path / "exports/litert/card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"file": "../../../other.tflite"}))
    add_hashes(run.path, "exports")
    assert main(["predict", str(run.path), ROWS[0]]) == 4
    assert "card.json is damaged: file:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "prepare",
    [
        {"shape": [-1]},
        {"shape": [10**12]},
        {"shape": [2**20, 2**20]},
        {"modality": "text", "settings": {"kind": "wordpiece"}},
    ],
)
def test_a_card_with_impossible_settings_is_refused(run: Run, prepare: dict[str, object], capsys) -> None:
    path = run.path / "exports/litert/card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"prepare": card["prepare"] | prepare}))
    add_hashes(run.path, "exports")
    assert main(["predict", str(run.path), "unreadable", "--runtime", "litert"]) == 4
    assert "is damaged: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"answers": np.zeros((0, 2), np.float32)},
        {"answers": np.zeros((3, 2), np.float32)},
        {"answers": np.array(["a"])},
        {"answers": np.zeros(3, [("a", "f4")])},
    ],
)
def test_damaged_golden_answers_are_refused(run: Run, arrays: dict[str, np.ndarray], capsys) -> None:
    path = run.path / "exports/litert/golden.npz"
    with np.load(path) as golden:
        inputs = {name: golden[name] for name in golden.files if name != "answers"}
    np.savez(path, **inputs | arrays)
    add_hashes(run.path, "exports")
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert"]) == 4
    assert "exports/litert is damaged: " in capsys.readouterr().err


def test_a_file_with_other_answers_than_the_run_is_not_used(run: Run, capsys) -> None:
    path = run.path / "exports/litert/golden.npz"
    with np.load(path) as golden:
        arrays = {name: golden[name] for name in golden.files}
    np.savez(path, **arrays | {"answers": arrays["answers"] + np.float32(0.01)})
    add_hashes(run.path, "exports")
    remember_exports(run.path, ["exports/litert/model.tflite"])
    assert main(["predict", str(run.path), ROWS[0]]) == 0
    assert "TensorFlow is needed: " in capsys.readouterr().err
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert"]) == 1
    assert "does not give the run's own answers on this machine; export again" in capsys.readouterr().err


def test_a_runtime_without_a_file_names_the_command(exported: Path, capsys) -> None:
    assert main(["predict", str(exported), ROWS[0], "--runtime", "onnx"]) == 2
    fix = f"run `tlzoo export {exported} --to onnx`"
    assert capsys.readouterr().err == f"tlzoo: {exported} has no file for the runtime 'onnx'; {fix}\n"
    assert main(["predict", str(exported), ROWS[0], "--runtime", "tensorfow"]) == 2
    assert "no runtime 'tensorfow'; did you mean 'tensorflow'?" in capsys.readouterr().err


def test_without_its_runtime_the_file_is_not_used(exported: Path, monkeypatch, capsys) -> None:
    from tlzoo.export import LiteRT

    monkeypatch.setattr(LiteRT, "runtime_packages", ("no_such_runtime",))
    assert main(["predict", str(exported), ROWS[0]]) == 0
    assert capsys.readouterr().err == ""
    assert main(["predict", str(exported), ROWS[0], "--runtime", "litert"]) == 3
    assert "needs no_such_runtime, which is not installed; pip install 'tlzoo[litert]'" in capsys.readouterr().err


def test_a_file_from_another_machine_is_used_only_by_name(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))  # which remembers what this machine wrote
    assert main(["predict", str(exported), ROWS[0], "--json"]) == 0
    assert "exports/" not in capsys.readouterr().err
    assert main(["predict", str(exported), ROWS[0], "--json", "--runtime", "litert"]) == 0
    assert "predicting with exports/litert/model.tflite" in capsys.readouterr().err


def change_golden(run: Run, place: str, **changed: np.ndarray) -> None:
    """Change golden arrays beside an exported file, with a new hash."""
    path = run.path / "exports" / place / "golden.npz"
    with np.load(path) as golden:
        arrays = {name: golden[name] for name in golden.files}
    np.savez(path, **arrays | changed)
    add_hashes(run.path, "exports")


def test_a_false_precision_does_not_skip_the_comparison(run: Run, capsys) -> None:
    path = run.path / "exports/litert/card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"precision": "int8"}))
    change_golden(run, "litert")
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert"]) == 4
    line = capsys.readouterr().err
    assert "exports/litert is damaged: golden.npz has no 'predictions' to compare the file with; export again" in line
    change_golden(run, "litert", predictions=np.full((8, 2), 0.5, np.float32))
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert"]) == 1
    assert "does not give the predictions of its export on this machine; export again" in capsys.readouterr().err


def test_a_quantized_file_must_repeat_the_predictions_of_its_export(run: Run, capsys) -> None:
    path = run.path / "exports/litert-float16"
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert:float16"]) == 0
    with np.load(path / "golden.npz") as golden:
        assert golden["predictions"] == pytest.approx(golden["answers"], abs=0.01)
        swapped = golden["predictions"][:, ::-1]
    change_golden(run, "litert-float16", predictions=swapped)
    capsys.readouterr()
    assert main(["predict", str(run.path), ROWS[0], "--runtime", "litert:float16"]) == 1
    assert "model.tflite does not give the predictions of its export" in capsys.readouterr().err
    with pytest.raises(ExportError, match="does not give the predictions of its export"):
        run.serve(port=0, runtime="litert:float16")
