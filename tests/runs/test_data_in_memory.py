"""Runs that learn from data in memory: the same as from files, and their data given again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tlzoo
from tlzoo.data import in_memory
from tlzoo.data.adapters.memory import held
from tlzoo.errors import DataError, RunError, UsageError
from tlzoo.progress import Advance, Silent
from tlzoo.runs import Run
from tlzoo.runs.files.journal import Journal


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    chosen = np.isin(found.target, (3, 7))
    return (found.images[chosen][:80] / 16 * 255).astype(np.uint8), found.target[chosen][:80]


def train(data: Any, out: Path, **more: Any) -> Run:
    known = {"backbone": "glyphnet", "strategy": {"name": "feature-extraction", "solver": "gradient"}, "export": []}
    return tlzoo.train(data, **{**known, "epochs": 2, "out": out, **more})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(digits(), tmp_path_factory.mktemp("runs"))


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget all data in memory, as a new process has none."""
    monkeypatch.setattr(held, "_held", type(held._held)())
    monkeypatch.setattr(held, "_recent", type(held._recent)())
    gc.collect()


class Stopped(Silent):
    """Interrupts a run in its second epoch, as Ctrl-C does."""

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Advance]:
        epochs: list[int] = []

        def advance(done: int) -> None:
            epochs.extend([done] if unit == "epochs" else [])
            if len(epochs) > 1:
                raise KeyboardInterrupt

        yield advance


def weights_of(run: Run) -> dict[str, bytes]:
    """Return the bytes of every array of every checkpoint."""
    found = {}
    for path in sorted((run.path / "checkpoints").glob("*.npz")):
        with np.load(path) as arrays:
            found |= {f"{path.name}/{name}": arrays[name].tobytes() for name in arrays}
    assert found
    return found


def samples_in(metrics: dict[str, Any]) -> int:
    return int(np.sum(metrics["confusion"]))


def test_the_recipe_has_the_fingerprint(run: Run) -> None:
    x, y = digits()
    assert run.recipe.data == in_memory((x, y)).source == run.result["data"]
    (known,) = [each for each in Journal(run.path / "journal.jsonl").events if each["event"] == "data"]
    assert len(known["fingerprint"]) == 64


def test_an_archive_gives_the_same_splits_weights_and_metrics(run: Run, tmp_path: Path) -> None:
    x, y = digits()
    np.savez(tmp_path / "digits.npz", x=x, y=y)
    other = train(f"arrays:{tmp_path / 'digits.npz'}", tmp_path)
    assert other.test == run.test
    assert other.result["examples"] == run.result["examples"]
    assert weights_of(other) == weights_of(run)


@pytest.mark.slow
def test_evaluate_knows_the_runs_own_data(run: Run) -> None:
    x, y = digits()
    assert run.evaluate() == run.evaluate((x, y)) == dict(run.test)
    assert samples_in(run.evaluate((x, y), split="train")) == run.result["examples"]["train"]
    assert samples_in(run.evaluate((x[:20], y[:20]))) == 20
    with pytest.raises(DataError, match="has the class '9'; the model has"):
        run.evaluate((x, np.where(y == 7, 9, y)))


@pytest.mark.usefixtures("forgotten")
def test_missing_data_is_reported_in_one_line(run: Run) -> None:
    with pytest.raises(DataError, match=r"data memory:[0-9a-f]{16} are not in this process; pass them again"):
        run.evaluate()
    assert run.evaluate(digits())["accuracy"] == run.test["accuracy"]


@pytest.mark.slow
def test_files_arrays_and_pil_images_give_the_same_splits_weights_and_metrics(tmp_path: Path) -> None:
    from PIL import Image

    x, y = digits()
    order = np.argsort(y, kind="stable")
    x, y = np.repeat(x[order][..., None], 3, axis=-1), y[order]
    for name in ("3", "7"):
        (tmp_path / "photos" / name).mkdir(parents=True)
    for at, (image, label) in enumerate(zip(x, y, strict=True)):
        Image.fromarray(image).save(tmp_path / "photos" / str(label) / f"{at:03}.png")
    pictures = [Image.fromarray(image) for image in x]
    paths = sorted((tmp_path / "photos").glob("*/*.png"))
    runs = [
        train(each, tmp_path / "runs", epochs=1)
        for each in (
            f"images:{tmp_path / 'photos'}",
            (x, y),
            (pictures, y),
            (paths, [path.parent.name for path in paths]),
        )
    ]
    for other in runs[1:]:
        assert weights_of(other) == weights_of(runs[0])
        assert other.test == runs[0].test
        assert other.result["examples"] == runs[0].result["examples"]


@pytest.mark.slow
def test_resume_takes_the_same_data_and_nothing_else(run: Run, tmp_path: Path, forgotten: None) -> None:
    x, y = digits()
    with pytest.raises(KeyboardInterrupt, match="resume with"):
        train((x, y), tmp_path, progress=Stopped())
    (folder,) = tmp_path.iterdir()
    held._held.clear()
    held._recent.clear()
    with pytest.raises(DataError, match="are not in this process; pass them again"):
        tlzoo.resume(folder)
    with pytest.raises(
        RunError, match=r"the data given are memory:[0-9a-f]{16}, but the run started with memory:[0-9a-f]"
    ):
        tlzoo.resume(folder, data=(x[::-1], y[::-1]))
    with pytest.raises(UsageError, match="the run has no target; remove target="):
        tlzoo.resume(folder, data=(x, y), target=x)
    resumed = tlzoo.resume(folder, data=(x, y))
    assert isinstance(resumed, Run)
    assert weights_of(resumed) == weights_of(run)
    assert resumed.test == run.test


def test_resume_of_a_run_on_files_takes_no_data(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train("digits:", tmp_path, progress=Stopped(), per_class=5)
    (folder,) = tmp_path.iterdir()
    with pytest.raises(UsageError, match="the run reads its data from digits:; remove data="):
        tlzoo.resume(folder, data=digits())


def test_a_run_continues_from_another_with_its_data(run: Run, tmp_path: Path, forgotten: None) -> None:
    with pytest.raises(DataError, match="are not in this process"):
        train(None, tmp_path, from_run=run.path, backbone=None, strategy=None, epochs=1)
    further = train(digits(), tmp_path, from_run=run.path, backbone=None, strategy=None, epochs=1)
    assert further.recipe.data == run.recipe.data
    assert further.result["examples"] == run.result["examples"]


def test_epochs_are_shown_while_it_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = train(digits(), tmp_path, verbose=2)
    lines = [line for line in capsys.readouterr().err.splitlines() if ", epoch " in line]
    assert len(lines) == len(run.history["loss"]) == 2
    assert lines[0].startswith("head, epoch 1 - loss: ")


@pytest.mark.slow
def test_a_target_in_memory_is_unlabelled(tmp_path: Path) -> None:
    x, y = digits()
    adapted = {"name": "domain-adaptation", "options": {"objective": "mcc", "unfreeze": "none"}}
    more = {"strategy": adapted, "epochs": 1, "seed": 3}
    alone = train((x, y), tmp_path, target=255 - x, target_test=(255 - x[:20], y[:20]), **more)
    assert alone.recipe.target is not None
    assert alone.recipe.target.startswith("memory:")
    assert alone.recipe.target.endswith("?labels=none")
    assert alone.result["target"]["examples"] == 20
    labelled = train((x, y), tmp_path, target=(255 - x, y), **more)
    assert 0 < labelled.result["target"]["examples"] < len(x)


def test_a_target_needs_a_strategy_that_uses_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'feature-extraction' does not use a target without labels; use the strat"):
        train(digits(), tmp_path, target=digits()[0])


def test_a_class_of_weight_0_is_refused(tmp_path: Path) -> None:
    x, y = digits()
    with pytest.raises(DataError, match=r"all \d+ training samples of class '3' have weight 0; set some of them above"):
        train((x, y, (y != 3).astype(float)), tmp_path)


@pytest.mark.slow
def test_images_from_0_to_1_are_predicted_as_they_were_learned(tmp_path: Path) -> None:
    x, y = digits()
    run = train((x / 255, y), tmp_path, export="saved-model")
    expected = [each["probabilities"] for each in run.predict(x[:3])]
    for form in (x[:3] / 255, list(x[:3] / 255)):
        assert [each["probabilities"] for each in run.predict(form)] == expected


@pytest.mark.slow
def test_the_first_argument_is_data_or_a_recipe(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('data = "digits:"\nbackbone = "glyphnet"\n')
    given = (str(tmp_path / "run.toml"), tmp_path / "run.toml", "digits:")
    plans = [tlzoo.explain(each, backbone="glyphnet", strategy="feature-extraction", epochs=1) for each in given]
    assert len({str([phase | {"seconds": 0} for phase in plan["phases"]]) for plan in plans}) == 1
    with pytest.raises(UsageError, match="data are given twice: as the first argument and as data=; give only one"):
        tlzoo.train("digits:", data="digits:", backbone="glyphnet")
    with pytest.raises(UsageError, match="no recipe 'missing"):
        tlzoo.train("missing.toml")


@pytest.mark.slow
def test_data_are_inspected_ranked_and_turned_into_features() -> None:
    x, y = digits()
    assert tlzoo.inspect((x, y)).samples == len(x)
    assert tlzoo.inspect(x).samples == len(x)
    assert tlzoo.features(x, backbone="glyphnet").features.shape == (len(x), 224)
    ranked = tlzoo.rank((x, y), backbones=["glyphnet"], scores=["knn"], sample=40)
    assert [each.id for each in ranked.entries] == ["vision/glyphnet.glyphs"]


@pytest.mark.slow
def test_entries_are_compared_on_data_with_earlier_runs(run: Run) -> None:
    found = tlzoo.compare("glyphnet", "mobilenet-v2", data=digits(), sample=20, out=run.path.parent)
    assert found.ranking is not None
    assert [each.id for each in found.ranking.entries] == ["vision/glyphnet.glyphs"]
    assert [each.id for each in found.ranking.unranked] == ["keras/mobilenet-v2.imagenet"]
    assert [(each["run"], each["test"]["accuracy"]) for each in found.runs] == [(str(run.path), run.test["accuracy"])]


@pytest.mark.slow
def test_a_search_is_resumed_with_its_data_given_again(tmp_path: Path, forgotten: None) -> None:
    fields = {"backbone": "glyphnet", "strategy": "feature-extraction", "epochs": 1, "export": []}
    first = tlzoo.tune(digits(), trials=1, space={"batch_size": "16,32"}, out=tmp_path, **fields)
    held._held.clear()
    held._recent.clear()
    with pytest.raises(DataError, match="are not in this process"):
        tlzoo.tune(resume=first.path, trials=2)
    with pytest.raises(RunError, match="the data given are memory:"):
        tlzoo.tune(resume=first.path, trials=2, data=(digits()[0][::-1], digits()[1]))
    further = tlzoo.tune(resume=first.path, trials=2, data=digits())
    assert len(further.result["trials"]) == 2


def test_data_stay_while_they_are_in_use(monkeypatch: pytest.MonkeyPatch, forgotten: None) -> None:
    monkeypatch.setattr(held, "share", lambda _use: 100)
    x, y = digits()
    first, second = in_memory((x, y)), in_memory((x[:40], y[:40]))
    assert held.is_held(first.fingerprint)
    assert held.is_held(second.fingerprint)
    known = first.fingerprint
    del first
    gc.collect()
    assert not held.is_held(known)
