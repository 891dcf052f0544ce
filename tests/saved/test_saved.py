"""Data on disk outlives versions: what tlzoo 0.1 wrote opens, predicts and resumes with this one.

``write.py`` wrote ``0.1.zip``: runs on images, on texts and in an environment, a tuning, an interrupted run, a recipe
with a strategy in a file, the user's registry, ``tlzoo.lock``, disabled plugins and measurements.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from tlzoo import Run, entry, find_runs, resume, train
from tlzoo.artifacts import lock_path
from tlzoo.artifacts.pins import pinned
from tlzoo.cli import main
from tlzoo.plugins import catalog, forget
from tlzoo.progress import Silent
from tlzoo.runs import Tuning, is_tuning, read_recipe, trained_backbone, verify_run
from tlzoo.runs.files.journal import Journal
from tlzoo.zoo.benching import measurements

ARCHIVE = Path(__file__).with_name("0.1.zip")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The archive, unpacked into the working folder, with its settings, its lock and its backbones in use."""
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv("TLZOO_SETTINGS", str(folder / "settings"))
        patch.setenv("TLZOO_LOCK", str(folder / "settings" / "tlzoo.lock"))
        forget()
        yield folder
    forget()
    sys.modules.pop("saved_backbones", None)


def test_no_file_names_a_folder_of_the_machine_that_wrote_it(saved: Path) -> None:
    for path in [each for each in saved.rglob("*") if each.is_file()]:
        assert not re.search(rb"/(tmp|root|home)/", path.read_bytes()), path


def test_runs_are_listed_with_their_results() -> None:
    runs = {run.path.name: run for run in find_runs("runs")}
    assert runs.keys() == {"images", "texts", "control", "interrupted"}
    assert runs["images"].result["backbone"] == "local/pictures.module"
    assert 0 <= runs["texts"].test["accuracy"] <= 1
    assert runs["control"].test["mean_return"] > 0
    assert read_recipe(Path("runs/images/recipe.toml"), {}) == runs["images"].recipe


@pytest.mark.parametrize("name", ["images", "texts", "control", "interrupted"])
def test_files_match_their_hashes(name: str) -> None:
    reports = [each for each in verify_run(Path("runs", name)) if not each.file.startswith("tensorboard/")]
    assert {"recipe.toml", "journal.jsonl"} <= {each.file for each in reports}
    assert {each.hash for each in reports} <= {"ok", "none"}
    assert {each.inspection for each in reports} <= {"ok", "not opened"}


def test_the_image_run_predicts() -> None:
    picture = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), "uint8")).save(picture, "png")
    (answer,) = Run(Path("runs/images")).predict([picture.getvalue()])
    assert answer["label"] in answer["probabilities"]
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_the_text_run_predicts() -> None:
    good, bad = Run(Path("runs/texts")).predict(["the good film", "the bad film"])
    assert {good["label"], bad["label"]} <= {"good", "bad"}
    assert good["probabilities"] != bad["probabilities"]


def test_the_run_in_an_environment_plays_an_episode() -> None:
    (answer,) = Run(Path("runs/control")).predict([7])
    assert answer["return"] == answer["steps"] > 0


def test_a_run_is_evaluated_to_the_figures_that_it_has() -> None:
    run = Run(Path("runs/images"))
    assert run.evaluate()["accuracy"] == pytest.approx(run.test["accuracy"])


def test_a_saved_model_loads_in_keras() -> None:
    import tlzoo.layers  # noqa: F401 - registers the layers that the file names

    model = keras.models.load_model("runs/images/model.keras")
    assert model.predict(np.zeros((2, 8, 8, 3), "float32"), verbose=0).shape == (2, 10)


def test_a_trained_backbone_is_taken_from_a_run() -> None:
    trained = trained_backbone(Run(Path("runs/images")), Silent())
    assert trained.backbone.features.size == 6


def test_an_interrupted_run_resumes(saved: Path) -> None:
    folder = saved / "runs" / "interrupted"
    before = [event for event in Journal(folder / "journal.jsonl").events if event["event"] == "result"]
    assert before
    assert not (folder / "result.json").exists()
    run = resume(folder)
    after = [event for event in Journal(folder / "journal.jsonl").events if event["event"] == "result"]
    assert after[: len(before)] == before
    assert len(after) == len(run.result["phases"]) > len(before)
    assert run.test["accuracy"] > 0


def test_a_tuning_is_opened_with_its_best_run() -> None:
    assert is_tuning(Path("runs/tuning"))
    tuning = Tuning(Path("runs/tuning"))
    assert len(tuning.result["trials"]) == 2
    assert tuning.run.recipe == tuning.recipe


def test_a_recipe_trains_with_the_strategy_that_the_user_consented_to(saved: Path) -> None:
    run = train(saved / "recipe.toml", out=saved / "new")
    assert [phase["name"] for phase in run.result["phases"]] == ["head"]
    assert run.result["seed"] == 3


def test_the_users_entries_are_known_by_name() -> None:
    assert {each.id for each in catalog().entries() if each.namespace == "local"} == {
        "local/pictures.module",
        "local/reviews.module",
    }
    assert entry("local/pictures").options["stages"][0] == ["first", "*/block1/*"]


def test_the_lock_holds() -> None:
    assert lock_path() == Path("settings/tlzoo.lock").absolute()
    known = pinned("https://example.com/weights.h5")
    assert known is not None
    assert known.bytes == 1000


def test_a_disabled_plugin_stays_disabled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins", "list", "--json"]) == 0
    status = {each["name"]: each["status"] for each in json.loads(capsys.readouterr().out)}
    assert status["tlzoo-text"] == "disabled"
    assert status["tlzoo-rl"] != "disabled"


def test_measurements_are_read() -> None:
    (measured,) = [each for each in measurements() if each.entry == "local/pictures.module"]
    assert measured.engine == "tensorflow"
    assert measured.latency_ms > 0
