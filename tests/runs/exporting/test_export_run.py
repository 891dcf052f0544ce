"""A run in other formats: what is written, measured and refused, in Python and on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import DataError, RunError, UsageError
from tlzoo.runs import Run

pytest.importorskip("ai_edge_litert", reason="the extra tlzoo[litert] is not installed")

COMPANIONS = {"README.md", "LICENCE.txt", "card.json", "classes.json", "golden.npz", "preprocess.py"}


def numbers(folder: Path) -> Path:
    """Write 400 rows of four numbers in two classes, which are not quite separable."""
    generator = np.random.default_rng(0)
    labels = np.arange(400) % 2
    rows = generator.normal(0, 1, (400, 4)) + 1.5 * labels[:, np.newaxis]
    path = folder / "rows.npz"
    np.savez(path, x=rows.astype(np.float32), y=labels, classes=np.array(["low", "high"]))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    return tlzoo.train(
        f"arrays:{numbers(folder)}",
        backbone="numeric/identity.raw",
        strategy="feature-extraction",
        epochs=2,
        export=[],
        out=folder / "runs",
        verbose=0,
    )


@pytest.fixture(scope="module")
def exported(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict]]:
    """The folder and the JSON of one command."""
    out = tmp_path_factory.mktemp("exports") / "out"
    exports = run.export("litert", out=out)
    return out, exports.to_records()


def test_each_format_has_a_folder_with_everything_that_a_stranger_needs(exported) -> None:
    out, _ = exported
    assert {each.name for each in out.iterdir()} == {"litert", "export.json"}
    assert {each.name for each in (out / "litert").iterdir()} == COMPANIONS | {"model.tflite"}
    card = json.loads((out / "litert/card.json").read_text())
    assert card["classes"] == ["low", "high"]
    assert card["inputs"] == {"samples": {"shape": [None, 4], "dtype": "float32"}}
    assert card["licence"] == "Apache-2.0"
    assert "litert" in (out / "litert/README.md").read_text()


def test_a_strange_table_in_the_folder_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text('{"mine": 1}')
    with pytest.raises(
        UsageError, match=r"export\.json is not a table of exports; remove it, or choose another folder"
    ):
        run.export("litert", out=tmp_path)
    assert (tmp_path / "export.json").read_text() == '{"mine": 1}'


def test_the_file_is_measured_on_the_whole_test_split(run: Run, exported) -> None:
    (found,) = exported[1]
    assert found["samples"] == run.result["examples"]["test"]
    assert found["run_accuracy"] == run.test["accuracy"] == found["accuracy"]
    assert found["difference"] < 1e-5
    assert (found["changed"], found["drop"]) == (0, 0)
    assert found["bytes"] == Path(found["path"]).stat().st_size
    assert found["milliseconds"] > 0
    assert found["interval"][1] == pytest.approx(1 - 0.025 ** (1 / found["samples"]))


def test_its_process_does_not_import_tensorflow(exported) -> None:
    (found,) = exported[1]
    assert found["peak_bytes"] < 350e6


def test_the_preprocessing_beside_it_reproduces_the_golden_answers(exported) -> None:
    folder = exported[0] / "litert"
    code = "import preprocess, numpy; print(preprocess.prepare([1, 2, 3, 4])['samples'].tolist())"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "[[1.0, 2.0, 3.0, 4.0]]\n"
    done = subprocess.run([sys.executable, "preprocess.py"], cwd=folder, capture_output=True, text=True, check=True)
    assert float(done.stdout.rpartition(":")[2]) < 1e-5


def exit_code(*words: str) -> int:
    """Return the exit code of a command; the parser exits by itself."""
    with pytest.raises(SystemExit) as exit_:
        raise SystemExit(main(words))
    return int(exit_.value.code or 0)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--to", "litert:int9"), 2, "the format 'litert:int9': no precision 'int9'; did you mean 'int8'?"),
        (("--to", "liter"), 2, "no export format 'liter'; did you mean 'litert'?"),
        (("--to", "litert?opset=3"), 2, "the format 'litert' has no option 'opset'"),
        (("--to", "litert?calibration=none"), 2, "the format 'litert?calibration=none', option 'calibration'"),
        (("--to", ","), 2, "no export format is given"),
        (("--to", "litert", "--max-drop", "2"), 2, "argument --max-drop: must be above 0% and below 100%"),
        (
            ("--to", "litert", "--max-drop", "0.1%"),
            1,
            "no file can be proven to lose less than 0.10%: the smallest drop that 60 test samples can prove is 5.96%; "
            "use at least 3688 test samples, or a larger max_drop",
        ),
    ],
)
def test_bad_input_is_one_line(run: Run, tmp_path: Path, capsys, words, code: int, said: str) -> None:
    out = tmp_path / "out"
    assert exit_code("export", str(run.path), *words, "--out", str(out), "--quiet") == code
    errors = capsys.readouterr().err
    assert said in errors
    assert not out.exists()


@pytest.mark.slow
def test_by_default_files_become_part_of_the_run(run: Run, tmp_path: Path, capsys) -> None:
    import shutil

    own = Path(shutil.copytree(run.path, tmp_path / "run"))
    assert main(["export", str(own), "--to", "litert", "--quiet"]) == 0
    assert (own / "exports/litert/model.tflite").is_file()
    assert main(["verify", str(own)]) == 0
    capsys.readouterr()
    assert main(["predict", str(own), "1,2,3,4"]) == 0  # without serving/
    assert "predicting with exports/litert/model.tflite" in capsys.readouterr().err


@pytest.mark.slow
def test_data_in_memory_are_given_again_in_another_process(tmp_path: Path, monkeypatch) -> None:
    from tlzoo.data.adapters.memory import held

    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    data = rows, np.where(rows[:, 0] > 0, "high", "low")
    how = {"backbone": "numeric/identity.raw", "strategy": "feature-extraction", "epochs": 1, "export": []}
    run = tlzoo.train(data, **how, out=tmp_path / "runs", verbose=0)
    monkeypatch.setattr(held, "_held", WeakValueDictionary())
    with pytest.raises(DataError, match=r"are not in this process; .*run\.export\(…, data=data\)"):
        run.export("litert", out=tmp_path / "out")
    with pytest.raises(RunError, match="but the run started with memory:"):
        run.export("litert", data=(rows[::-1], data[1]), out=tmp_path / "out")
    (file,) = run.export("litert", data=data, out=tmp_path / "out")
    assert file.accuracy == run.test["accuracy"]


def test_an_existing_folder_is_not_overwritten(run: Run, exported, capsys) -> None:
    assert main(["export", str(run.path), "--to", "onnx,litert", "--out", str(exported[0])]) in {2, 3}
    said = capsys.readouterr().err
    assert f"{exported[0] / 'litert'} exists already; remove it" in said or "onnx" in said


def test_a_missing_runtime_names_the_extra(run: Run, tmp_path: Path, capsys, monkeypatch) -> None:
    from tlzoo.export import LiteRT

    monkeypatch.setattr(LiteRT, "packages", ("ai_edge_litert", "no_such_runtime"))
    assert main(["export", str(run.path), "--to", "litert", "--out", str(tmp_path / "out")]) == 3
    assert capsys.readouterr().err == (
        "tlzoo: the export format 'litert' needs no_such_runtime, which is not installed; pip install 'tlzoo[litert]'\n"
    )


def test_an_unfinished_run_is_refused(run: Run, tmp_path: Path, capsys) -> None:
    import shutil

    shutil.copytree(run.path, tmp_path / "run")
    (tmp_path / "run/result.json").unlink()
    assert main(["export", str(tmp_path / "run"), "--to", "litert", "--out", str(tmp_path / "out")]) == 1
    assert "is not finished; resume it with" in capsys.readouterr().err


def lossy() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_exporters():
        from tlzoo.export import Exporter, LiteRT

        class Lossy(Exporter):
            """LiteRT; the coarse precision has wrong answers."""

            name = "lossy"
            precisions = ("exact", "rounded", "coarse")

            def export(self, model, samples, folder):
                return LiteRT().export(model, samples, folder)

            def open(self, path, threads):
                predict = LiteRT().open(path, threads)
                return lambda inputs: predict(inputs)[:, :: -1 if self.precision == "coarse" else 1]

        return {"lossy": Lossy}


@pytest.mark.slow
def test_a_file_that_loses_too_much_is_refused_with_the_next_better_one(
    run: Run, tmp_path: Path, distributions, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(distributions.add("acme", lossy).parent))
    words = ["export", str(run.path), "--max-drop", "7%", "--out", str(tmp_path / "out"), "--quiet"]
    assert main([*words, "--to", "lossy,lossy:coarse"]) == 1
    said = capsys.readouterr().err
    assert "lossy:coarse may lose up to" in said
    assert (
        "not less than 7.00%; nothing was written; 60 test samples can prove 5.96% at best; use lossy:rounded" in said
    )
    assert not (tmp_path / "out").exists()
    assert main([*words, "--to", "lossy:rounded", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["format"], found["changed"]) == ("lossy:rounded", 0)
    assert (tmp_path / "out/lossy-rounded/README.md").is_file()
