"""A new user's way: a folder of pictures, runs with every strategy, evaluation, predictions, lists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tlzoo as library
from tlzoo.runs import read_recipe

MINE = """\
from tlzoo.strategies import Phase, Strategy, head


class Mine(Strategy):
    \"\"\"One phase, as short as it gets.\"\"\"

    rate: float = 1e-3

    def phases(self, job):
        yield Phase(name="only", train=head(), rates=self.rate)
"""
RECIPE = """\
data = "images:{data}"
backbone = "glyphnet"
epochs = 9

[head]
name = "mlp"
units = [8]

[strategy]
name = "fine-tune"
unfreeze = 2
"""


def test_inspecting_counts_classes_and_names_what_cannot_be_read(tlzoo, mixed: Path) -> None:
    done = tlzoo("data", "inspect", f"images:{mixed}")
    assert done.code == 0
    assert f"images:{mixed} has 21 samples in 2 classes" in done.out
    assert "unusable: 5" in done.out
    assert "text.jpg: not an image in a known format" in done.err


def test_training_prints_phases_figures_and_where_they_lie(trained) -> None:
    path, done = trained
    assert re.search(r"^everything +2 epochs +[\d.]+  live", done.out, re.MULTILINE)
    assert re.search(r"test accuracy [\d.]+ % \(95 % interval .* on 4 examples", done.out)
    assert f"report   {path}/report.html\n" in done.out
    assert f"skipped  {path}/set-aside.jsonl: 5 unusable inputs\n" in done.out
    assert "5 unusable inputs skipped, for example: " in done.err


def test_a_run_folder_has_all_its_files(trained) -> None:
    path, _ = trained
    names = ["recipe.toml", "journal.jsonl", "metrics.jsonl", "model.keras", "report.html", "environment.json"]
    assert all((path / name).stat().st_size for name in names)
    assert list((path / "checkpoints").glob("phase-*.npz"))
    assert (path / "serving" / "saved_model.pb").is_file()
    assert list((path / "tensorboard").glob("events.*"))
    assert not list(path.glob("**/*.part"))


def test_unreadable_images_are_listed_and_not_deleted(trained, mixed: Path) -> None:
    path, _ = trained
    aside = [json.loads(line) for line in (path / "set-aside.jsonl").read_text().splitlines()]
    reasons = {Path(each["name"]).name: each["reason"] for each in aside}
    assert set(reasons) == {"cut.jpg", "text.jpg", "zero.png", "moving.webp", "scan.tiff"}
    assert reasons["zero.png"] == "the file is empty; restore or delete it"
    assert all((mixed / kind).exists() for kind in ("circle/cut.jpg", "circle/zero.png", "square/scan.tiff"))


def test_the_report_stands_alone(trained) -> None:
    path, _ = trained
    page = (path / "report.html").read_text()
    assert "Confusion matrix" in page
    assert "text.jpg" in page
    assert "Grad-CAM" in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)


def test_evaluating_the_own_test_split_gives_the_same_figures(tlzoo, trained) -> None:
    path, _ = trained
    found, test = json.loads(tlzoo("evaluate", path, "--json").out), library.Run(path).test
    assert found["confusion"] == test["confusion"]
    assert found["log_loss"] == pytest.approx(test["log_loss"], rel=1e-4)


def test_evaluating_other_data_takes_all_of_it_and_does_not_need_the_own(tlzoo, trained, shapes: Path) -> None:
    path, _ = trained
    (shapes.parent / "two").mkdir()
    for name in ("circle", "square"):
        (shapes.parent / "two" / name).symlink_to(shapes / name)
    done = tlzoo("evaluate", path, "--data", f"images:{shapes.parent / 'two'}")
    assert "on 20 examples" in done.out
    assert done.err.count("reading") == 1


def test_data_with_a_class_that_the_model_does_not_know_is_refused(tlzoo, trained, shapes: Path) -> None:
    path, _ = trained
    done = tlzoo("evaluate", path, "--data", f"images:{shapes}")
    assert done.code == 1
    assert done.last.endswith("has the class 'cross'; the model has: 'circle', 'square'")


def test_predicting_gives_a_line_for_each_file(tlzoo, trained, mixed: Path) -> None:
    path, _ = trained
    files = [mixed / "circle" / "0.png", mixed / "circle" / "cmyk.jpg", mixed / "square" / "moving.gif"]
    done = tlzoo("predict", path, *files)
    assert done.code == 0
    assert len(done.out.splitlines()) == 4
    answers = json.loads(tlzoo("predict", path, *files, "--json").out)
    assert [set(each["probabilities"]) for each in answers] == [{"circle", "square"}] * 3
    assert sum(answers[0]["probabilities"].values()) == pytest.approx(1)
    refused = tlzoo("predict", path, *files, "-P", "temperature=1")
    assert refused.code == 2
    assert refused.last.endswith("have no options; got temperature; leave them out")


def test_a_file_that_is_not_an_image_is_reported_and_the_others_are_predicted(tlzoo, trained, mixed: Path) -> None:
    path, _ = trained
    done = tlzoo("predict", path, mixed / "circle" / "text.jpg", mixed / "circle" / "0.png")
    assert done.code == 1
    assert len(done.out.splitlines()) == 2
    assert (
        done.err
        == f"tlzoo: {mixed}/circle/text.jpg: not an image in a known format; save it as JPEG or PNG, or remove it\n"
    )


def test_runs_are_listed_and_shown(tlzoo, trained) -> None:
    path, done = trained
    (line,) = json.loads(tlzoo("runs", "--out", path.parent, "--json").out)
    assert (line["run"], line["strategy"], line["finished"]) == (str(path), "multi-step", True)
    assert str(path) in tlzoo("runs", "--out", path.parent).out
    assert tlzoo("runs", "show", path).out == done.out


def test_a_finished_run_is_not_resumed(tlzoo, trained) -> None:
    path, _ = trained
    done = tlzoo("resume", path)
    way = f"to train longer in a new run: `tlzoo train --from {path} --epochs N`"
    assert (done.code, done.err) == (1, f"tlzoo: {path} is finished; {way}\n")


@pytest.mark.slow
def test_both_choices_are_left_to_tlzoo_and_explained(tlzoo, shapes: Path, tmp_path: Path) -> None:
    words = ("--data", f"images:{shapes}", "--backbone", "auto", "--strategy", "auto", "--budget", "5m")
    done = tlzoo("train", *words, "--explain", "--json")
    assert done.code == 0, done.err
    assert re.search(r"\d+ backbones on this machine", done.err)  # those of other tests count
    plan = json.loads(done.out)
    assert plan["backbone"] in {"vision/efficientnet-lite0.imagenet", "vision/glyphnet.glyphs"}
    assert plan["strategy"] == "auto"
    (told,) = plan["told"]
    assert "labels per class" in told
    assert "of 5 min" in told


def test_a_budget_of_time_is_for_strategies_that_plan_by_it(tlzoo) -> None:
    done = tlzoo("train", "--data", "digits:", "--backbone", "glyphnet", "--budget", "5m")
    assert (done.code, done.last) == (
        2,
        "tlzoo: strategy 'multi-step' does not support a time budget; "
        "use the strategy auto, or give epochs instead of budget",
    )
    done = tlzoo("train", "--data", "digits:", "--backbone", "glyphnet", "--strategy", "auto", "--budget", "soon")
    assert (done.code, done.last) == (
        2,
        "tlzoo: budget: 'soon' is not a duration; use a number and a unit (s, m, h, d, w), such as 90s or 1.5h",
    )


@pytest.mark.slow
def test_explain_plans_without_writing_files(tlzoo, shapes: Path, tmp_path: Path) -> None:
    words = ("train", "--data", f"images:{shapes}", "--backbone", "glyphnet", "--explain", "--out", tmp_path / "runs")
    plan = json.loads(tlzoo(*words, "--json").out)
    assert [phase["simulated"] for phase in plan["phases"]] == [False, True, True]
    assert "the whole backbone is frozen" in tlzoo(*words, "--strategy", "feature-extraction").out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_recipe_with_options_over_it(tlzoo, shapes: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(data=shapes))
    words = ("--epochs", 2, "-S", "unfreeze=1", "-H", "pooling=max", "--image-size", 24, "--out", tmp_path / "runs")
    done = tlzoo("train", recipe, *words, "--export", "none", "--json", "--quiet")
    assert (done.code, done.err) == (0, "")
    result = json.loads(done.out)
    assert [phase["name"] for phase in result["phases"]] == ["head", "fine-tune"]
    assert [phase["epochs"] for phase in result["phases"]] == [1, 1]
    resolved = read_recipe(Path(result["run"]) / "recipe.toml", {})
    assert resolved.image_size == 24
    assert resolved.strategy.options["unfreeze"] == 1
    assert (resolved.head.options["units"], resolved.head.options["pooling"]) == ([8], "max")


@pytest.mark.slow
def test_from_scratch_starts_from_random_weights(tlzoo, shapes: Path, tmp_path: Path) -> None:
    words = ("--strategy", "from-scratch", "-H", "pooling=flatten", "--epochs", 1, "--per-class", 6, "--export", "none")
    done = tlzoo(
        "train", "--data", f"images:{shapes}", "--backbone", "glyphnet", *words, "--out", tmp_path / "runs", "--json"
    )
    result = json.loads(done.out)
    assert (result["weights"], len(result["phases"])) == ("random", 3)
    assert result["examples"] == {"train": 15, "validation": 3, "test": 12, "set_aside": 0}


@pytest.mark.slow
def test_the_same_in_python_with_an_own_strategy(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    run = library.train(
        data=f"images:{shapes}",
        backbone="glyphnet",
        strategy={"name": f"{tmp_path / 'mine.py'}:Mine", "rate": 0.02},
        head={"name": "mlp", "units": [16], "dropout": 0.1},
        epochs=2,
        export=["saved-model"],
        out=tmp_path / "runs",
    )
    assert [(phase["name"], phase["epochs"]) for phase in run.result["phases"]] == [("only", 2)]
    assert 0 <= run.test["accuracy"] <= 1
    (answer,) = run.predict([shapes / "cross" / "1.jpg"])
    assert answer["label"] in ("circle", "cross", "square")
    assert run.predict([(shapes / "cross" / "1.jpg").read_bytes()])[0]["label"] == answer["label"]
    assert [each.path for each in library.find_runs(tmp_path / "runs")] == [run.path]


@pytest.mark.slow
def test_a_budget_may_be_given_in_steps(shapes: Path, tmp_path: Path) -> None:
    plan = library.explain(
        data=f"images:{shapes}",
        backbone="glyphnet",
        strategy={"name": "feature-extraction", "solver": "gradient"},
        steps=12,
        batch_size=8,
    )
    assert [phase["units"] for phase in plan["phases"]] == [4]  # 24 of the 30 are trained on: three steps an epoch


def test_closing_the_output_early_is_not_an_error(trained) -> None:
    path, _ = trained
    command = [sys.executable, "-m", "tlzoo.cli", "runs", "show", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0
