"""The formats of a run's exported model: what is written, by whose exporter, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import RunError, UsageError
from tlzoo.export import Exporter
from tlzoo.runs import Run, explain, read_recipe, resume, tune_recipe
from tlzoo.runs.exporting.write_format import write_format

FIELDS = {"data": "digits:", "backbone": "glyphnet", "weights": "random", "per_class": 5, "epochs": 1}
FIELDS |= {"strategy": "feature-extraction"}
NOWHERE = {"data": "images:nowhere", "backbone": "glyphnet"}
WITHOUT = {
    "answers.npz",
    "decision.json",
    "recipe.toml",
    "hashes.json",
    "journal.jsonl",
    "metrics.jsonl",
    "checkpoints",
    "environment.json",
    "result.json",
}


def plugin() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_exporters():
        from tlzoo.export import Exporter

        class Names(Exporter):
            """The names of the classes, a line each, and the number of training samples."""

            name = "names"
            separator: str = " "

            def export(self, model, samples, folder):
                path = folder / "names.txt"
                path.write_text(self.separator.join([*model.classes, str(len(samples["samples"]))]))
                return path

        return {"names": Names}


def names_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - {".lock"}


def test_an_exporter_of_a_plugin_is_called(distributions, tmp_path: Path) -> None:
    distributions.add("acme", plugin)
    run = tlzoo.train(**FIELDS, export=["names?separator=/"], out=tmp_path / "runs")
    assert (run.path / "exports/names-separator/names.txt").read_text().split("/") == [*"0123456789", "40"]
    assert run.result["exported"] == {"names?separator=/": "exports/names-separator/names.txt"}
    assert names_in(run.path) == WITHOUT | {"exports", "report.html", "tensorboard"}
    companions = {"README.md", "LICENCE.txt", "card.json", "classes.json", "golden.npz", "preprocess.py"}
    assert names_in(run.path / "exports/names-separator") == companions | {"names.txt"}
    assert 'export = [\n    "names?separator=/",\n]' in (run.path / "recipe.toml").read_text()
    assert main(["verify", str(run.path)]) == 0


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ``--export none``."""
    out = tmp_path_factory.mktemp("runs")
    options = [word for key, value in FIELDS.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    assert main(["train", *options, "--export", "none", "--out", str(out), "--quiet"]) == 0
    return next(out.iterdir())


def test_without_formats_no_model_and_no_report_are_written(bare: Path) -> None:
    assert names_in(bare) == WITHOUT
    assert Run(bare).result["exported"] == {}


def test_a_resumed_run_writes_neither(bare: Path) -> None:
    test = Run(bare).test
    (bare / "result.json").unlink()
    assert resume(bare).test == test
    assert names_in(bare) == WITHOUT


def test_only_existing_files_are_printed(bare: Path, capsys) -> None:
    assert main(["runs", "show", str(bare)]) == 0
    printed = capsys.readouterr().out
    assert f"run      {bare}\n" in printed
    assert "report" not in printed
    assert "model" not in printed


def test_it_can_be_evaluated_and_predicting_names_the_format(bare: Path, capsys) -> None:
    assert Run(bare).evaluate() == Run(bare).test
    assert main(["predict", str(bare), "seven.png"]) == 1
    said = "train again with the export format 'saved-model' (--export saved-model)"
    assert capsys.readouterr().err == f"tlzoo: {bare} has no serving/ folder to predict with; {said}\n"


def train(out: Path, **fields: Any) -> None:
    tlzoo.train(out=out, **fields)


def plan(_out: Path, **fields: Any) -> None:
    explain(read_recipe(None, fields))


def tune(out: Path, **fields: Any) -> None:
    tune_recipe(read_recipe(None, fields), out=out)


@pytest.mark.parametrize(
    ("do", "backbone"), [(train, "glyphnet"), (train, "auto"), (plan, "glyphnet"), (tune, "glyphnet")]
)
def test_an_unknown_format_is_refused_before_the_data_are_read(tmp_path: Path, do, backbone: str) -> None:
    with pytest.raises(UsageError, match="no export format 'kerras'; did you mean 'keras'"):
        do(tmp_path / "runs", **NOWHERE | {"backbone": backbone}, export=["saved-model", "kerras"])
    assert not (tmp_path / "runs").exists()


def test_the_shell_lists_the_known_formats(tmp_path: Path, capsys) -> None:
    words = ["--data", "images:nowhere", "--backbone", "glyphnet", "--export", "keras, hdf"]
    assert main(["train", *words, "--out", str(tmp_path / "runs")]) == 2
    known = "known: 'keras', 'litert', 'onnx', 'openvino', 'saved-model'"
    assert capsys.readouterr().err == f"tlzoo: no export format 'hdf'; {known}\n"


def test_a_resume_without_the_plugin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(read_recipe(None, NOWHERE | {"export": "names"}).to_toml())
    with pytest.raises(UsageError, match="no export format 'names'"):
        resume(tmp_path)


class Odd(Exporter):
    """An exporter with one fault."""

    name: ClassVar = "odd"
    fault: str

    def export(self, model: Any, samples: Any, folder: Path) -> Path:
        if self.fault == "broken":
            raise ValueError("no luck")
        return {"elsewhere": folder.parent, "folder": folder, "nothing": folder / "nothing", "none": None}[self.fault]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("broken", "export to 'odd' failed: ValueError: no luck; leave it out"),
        ("elsewhere", "export to 'odd' failed: the exporter returned '.*', which is not a path that it wrote inside"),
        ("folder", "the exporter returned '.*', which is not a path that it wrote inside"),
        ("nothing", "the exporter returned '.*nothing', which is not a path that it wrote inside"),
        ("none", "export to 'odd' failed: TypeError"),
    ],
)
def test_a_broken_exporter_is_named(tmp_path: Path, fault: str, said: str) -> None:
    model: Any = object()
    with pytest.raises(RunError, match=said):
        write_format(Odd(fault=fault), "odd", model, {}, tmp_path / "odd", "leave it out")


@pytest.mark.parametrize("value", ["none", "", [], ["none"], " none ,"])
def test_no_format_can_be_written_in_several_ways(value: Any) -> None:
    assert read_recipe(None, NOWHERE | {"export": value}).export == ()


def test_formats_are_listed_once() -> None:
    assert read_recipe(None, NOWHERE | {"export": "keras, saved-model,keras,"}).export == ("keras", "saved-model")


def test_none_and_a_format_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="export: 'none' cannot be combined with keras"):
        read_recipe(None, NOWHERE | {"export": "none,keras"})
