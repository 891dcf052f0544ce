"""Balanced training: what each way does, that features may be kept all the same, and that it goes on where it ended."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tlzoo.data import ArrayPictures, Dataset, Samples, split
from tlzoo.data.balance import balanced_count, balanced_order, describe_imbalance
from tlzoo.errors import UsageError
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head
from tlzoo.tasks import Balance, Classification, MultiLabel, Regression, TaskOptions
from tlzoo.training import Setup, SupervisedTrainer

WAYS: tuple[Balance, ...] = ("class-weights", "oversample", "undersample", "focal", "logit-adjust")
LABELS = np.repeat(np.arange(3), (60, 20, 10))


def uneven(seed: int = 0) -> Dataset:
    """Return three brightnesses that overlap, of very different frequency."""
    draw = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), (180, 40, 20))
    bright = 100 + 40 * labels[:, None, None, None] + draw.normal(0, 35, (240, 1, 1, 1))
    pictures = ArrayPictures("squares", np.clip(bright + draw.normal(0, 9, (240, 8, 8, 1)), 0, 255).astype(np.uint8))
    return split(Samples("squares", Classification(("a", "b", "c")), pictures, labels, pictures.digests()), seed=0)


def after(setup: Setup, phase: Phase, folder: Path) -> np.ndarray:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))
    return np.asarray(state.network.variables["head/logits/kernel"])


@pytest.mark.parametrize(
    ("balance", "counts"), [("none", [60, 20, 10]), ("oversample", [60, 60, 60]), ("undersample", [10, 10, 10])]
)
def test_an_epoch_has_so_many_of_each_class(balance: Balance, counts: list[int]) -> None:
    order = balanced_order(np.arange(90), LABELS, balance, np.random.default_rng(0))
    assert np.bincount(LABELS[order]).tolist() == counts
    assert balanced_count(LABELS, balance) == len(order)
    repeats = np.bincount(order, minlength=90)
    assert repeats.max() - repeats[LABELS == 2].min() <= (5 if balance == "oversample" else 1)


def test_every_sample_is_as_often_oversampled_as_its_classmates() -> None:
    repeats = np.bincount(balanced_order(np.arange(90), LABELS, "oversample", np.random.default_rng(0)))
    assert set(repeats[LABELS == 2]) == {6}
    assert set(repeats[LABELS == 1]) == {3}


def test_another_epoch_undersamples_others() -> None:
    first, second = (
        balanced_order(np.arange(90), LABELS, "undersample", np.random.default_rng(seed)) for seed in (0, 1)
    )
    assert set(first) != set(second)


@pytest.mark.slow
def test_balancing_finds_more_of_the_rarest_class(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    trainer, recalls = SupervisedTrainer(), {}
    for way in ("none", *WAYS):
        setup = make_setup(data=uneven(), balance=way, checkpoints=tmp_path / way)
        state = trainer.prepare(setup)
        phase = Phase(name="head", train=head(), budget=Epochs(12), rates=3e-2)
        trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(tmp_path / "metrics.jsonl"))
        recalls[way] = trainer.evaluate(state, "train").metrics.to_json()["macro_recall"]
    # The focal loss looks at what is hard, not at what is rare: it need not raise the recall of overlapping classes.
    assert recalls.pop("focal") > recalls["none"] - 0.05
    assert min(recalls[way] for way in recalls if way != "none") > recalls["none"] + 0.05, recalls


@pytest.mark.parametrize("balance", WAYS)
def test_cached_features_train_as_live_ones(
    make_setup: Callable[..., Setup], tmp_path: Path, balance: Balance, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = uneven()
    weights = np.random.default_rng(0).uniform(0.2, 2, len(data.examples)).astype(np.float32)
    data = replace(data, samples=replace(data.samples, weights=weights))
    phase = Phase(name="head", train=head(), budget=Epochs(2), rates=1e-2)
    trainer, found = SupervisedTrainer(), {}
    for mode in ("cached features", "live"):
        state = trainer.prepare(make_setup(data=data, balance=balance, checkpoints=tmp_path / mode))
        plan = trainer.plan(state, phase)
        assert plan.mode == mode
        trainer.run(state, phase, 1, plan, MetricsFile(tmp_path / "metrics.jsonl"))
        found[mode] = np.asarray(state.network.variables["head/logits/kernel"])
        monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1")
    np.testing.assert_allclose(found["cached features"], found["live"], atol=1e-5)


@pytest.mark.slow
def test_a_resumed_phase_equals_an_uninterrupted_one(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Undersampled: an epoch's samples are drawn by its number, as those of oversampling are."""
    balance: Balance = "undersample"
    monkeypatch.setattr("tlzoo.training.phases.run._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    phase = Phase(name="all", train=everything(), budget=Epochs(4), rates=1e-3)
    whole = after(make_setup(data=uneven(), balance=balance, checkpoints=tmp_path / "whole"), phase, tmp_path)

    class StopError(Exception):
        pass

    class Record(MetricsFile):
        def append(self, **figures: object) -> None:
            if figures["epoch"] == 3:
                raise StopError

    trainer = SupervisedTrainer()
    setup = make_setup(data=uneven(), balance=balance, checkpoints=tmp_path / "stopped")
    state = trainer.prepare(setup)
    with pytest.raises(StopError):
        trainer.run(state, phase, 1, trainer.plan(state, phase), Record(tmp_path / "none.jsonl"))
    np.testing.assert_array_equal(after(setup, phase, tmp_path), whole)


def test_the_imbalance_is_reported() -> None:
    assert describe_imbalance(uneven(), "none") == (
        "'a' has 126 training samples, 'c' 14: 9 to 1; `--balance` can balance classes"
    )
    told = describe_imbalance(uneven(), "oversample")
    assert told is not None
    assert told.endswith("balanced by oversample")


def test_unbalanceable_tasks_are_refused(make_setup: Callable[..., Setup]) -> None:
    data = uneven()
    numbers = replace(data.samples, task=Regression(("y",)), labels=np.zeros((240, 1), np.float32))
    several = replace(data.samples, task=MultiLabel(("a", "b")), labels=np.zeros((240, 2), np.float32))
    with pytest.raises(UsageError, match="is regression: it has no classes to balance by 'focal'"):
        SupervisedTrainer().prepare(make_setup(data=replace(data, samples=numbers), balance="focal"))
    with pytest.raises(UsageError, match="valid: none, class-weights, focal"):
        SupervisedTrainer().prepare(make_setup(data=replace(data, samples=several), balance="oversample"))
    with pytest.raises(
        UsageError, match=r"is classification, which has no loss 'huber'; leave loss out: .*loss=keras.losses.Huber\(\)"
    ):
        SupervisedTrainer().prepare(make_setup(data=data, loss="huber"))


def test_the_nearest_loss_of_the_task_is_named() -> None:
    options = TaskOptions(loss="hubber")
    with pytest.raises(UsageError, match=r"is regression, which has no loss 'hubber'.*did you mean 'huber'"):
        Regression(("price",)).check_options(options, "prices.csv")


@pytest.mark.parametrize("balance", ["class-weights", "logit-adjust"])
def test_shifts_of_calibration_would_undo_a_balance_of_the_loss(balance: Balance) -> None:
    task = Classification(("a", "b"))
    task.check_options(TaskOptions(balance, calibrate="temperature"), "photos")
    task.check_options(TaskOptions("oversample", calibrate="vector"), "photos")
    with pytest.raises(
        UsageError, match=f"'vector' fits a shift .* would undo balance '{balance}'; use .*'temperature'"
    ):
        task.check_options(TaskOptions(balance, calibrate="vector"), "photos")
