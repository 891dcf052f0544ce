"""Training on augmented samples: what is trained on changes, what is evaluated never does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tlzoo.backbones.selection import Selection
from tlzoo.modalities.augmentation import Augmenter, augmenter
from tlzoo.modalities.vision.augmentation.options import ImageAugmentation
from tlzoo.runs.files.journal import MetricsFile
from tlzoo.strategies import Epochs, Phase, everything, head, stages_from
from tlzoo.training import Plan, Setup, SupervisedTrainer
from tlzoo.training.phases import run as phase_run
from tlzoo.training.state import SupervisedState

SHAPE = (8, 8, 1)


def augmenting(**options: Any) -> Augmenter:
    return augmenter(ImageAugmentation(**options), SHAPE)


def mild(**options: Any) -> Augmenter:
    return augmenting(flip=True, crop=0.3, rotate=20, brightness=0.3, contrast=0.3, **options)


def phase_of(train: Selection, epochs: int) -> Phase:
    return Phase(name="phase", train=train, budget=Epochs(epochs), rates=1e-2, weight_decay=0.01, statistics="trained")


class Trained:
    """A phase that was run: its state and plan, the weights that it left, its lines of figures."""

    def __init__(self, setup: Setup, train: Selection, folder: Path, epochs: int = 4) -> None:
        trainer = SupervisedTrainer()
        self.state: SupervisedState = trainer.prepare(setup)
        phase = phase_of(train, epochs)
        self.plan: Plan = trainer.plan(self.state, phase)
        metrics = MetricsFile(folder / "metrics.jsonl")
        trainer.run(self.state, phase, 1, self.plan, metrics)
        self.weights = {path: variable.numpy() for path, variable in self.state.network.variables.items()}
        self.lines = metrics.lines


@pytest.fixture(scope="module")
def train(make_setup_in: Callable[..., Setup], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Trained]:
    """Return a function that runs a phase in a folder of its own."""

    def run(selection: Selection, epochs: int = 4, **changes: Any) -> Trained:
        folder = tmp_path_factory.mktemp("phase")
        return Trained(make_setup_in(folder, **changes), selection, folder, epochs)

    return run


SELECTIONS = {"features": head(), "prefix": head() | stages_from("three"), "all": everything()}


@pytest.mark.parametrize("views", [None, 2])
@pytest.mark.slow
def test_evaluated_samples_are_never_augmented(make_setup: Callable[..., Setup], views: int | None) -> None:
    destroying = augmenting(
        rotate=180, crop=0.95, brightness=0.95, contrast=0.95, randaugment=4, magnitude=10, views=views
    )
    trainer = SupervisedTrainer()
    figures = []
    for augment in (None, destroying):
        state = trainer.prepare(make_setup(augment=augment))
        plans = [trainer.plan(state, phase_of(selection, 4)) for selection in SELECTIONS.values()]
        boundaries = [phase_run.boundary_of(state, plan) for plan in plans]
        validated = [boundary.logits(state.setup.data.validation, 16) for boundary in boundaries]
        figures.append([*validated, *(trainer.evaluate(state, split).answers for split in ("validation", "test"))])
    for plain, beside in zip(*figures, strict=True):
        np.testing.assert_allclose(plain, beside, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module", params=SELECTIONS)
def selection(request: pytest.FixtureRequest) -> Selection:
    """What trains: the head alone, the last stage too, all."""
    return SELECTIONS[request.param]


@pytest.fixture(scope="module")
def augmented(train: Callable[..., Trained], selection: Selection) -> Trained:
    """Two epochs on augmented samples."""
    return train(selection, 2, augment=mild())


@pytest.mark.slow
def test_training_takes_other_samples_every_epoch(
    train: Callable[..., Trained], selection: Selection, augmented: Trained
) -> None:
    assert train(selection, 2).lines[0]["loss"] != augmented.lines[0]["loss"]
    assert augmented.plan.mode == "live"
    setup = augmented.state.setup
    boundary = phase_run.boundary_of(augmented.state, augmented.plan)
    order = setup.data.train[:16]
    epochs = [next(boundary.training(view(setup, augmented.plan, epoch)).batches(order, 16))[0] for epoch in (0, 1, 0)]
    assert np.abs(np.asarray(epochs[0]) - np.asarray(epochs[1])).mean() > 0.01
    np.testing.assert_array_equal(epochs[0], epochs[2])


@pytest.mark.slow
def test_pairs_train_alike_twice(train: Callable[..., Trained], selection: Selection, augmented: Trained) -> None:
    one, other = (train(selection, 2, augment=mild(mixup=0.4, cutmix=1.0)) for _ in range(2))
    assert one.lines == other.lines
    assert one.lines[0]["loss"] != augmented.lines[0]["loss"]


def view(setup: Setup, plan: Plan, epoch: int) -> Any:
    return phase_run.view_of(setup, cut=plan.cut is not None, place=(1,), epoch=epoch)


@pytest.mark.parametrize("below", ["features", "prefix"])
@pytest.mark.slow
def test_cached_views_train_as_the_same_recomputed_draws(
    train: Callable[..., Trained], monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    kept = train(SELECTIONS[below], 5, augment=mild(views=2))
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", "1")
    live = train(SELECTIONS[below], 5, augment=mild(views=2))
    assert (kept.plan.mode, kept.plan.views, live.plan.mode) == ("cached views", 2, "live")
    assert "in the cache" in live.plan.reason
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(
            [line[name] for line in kept.lines], [line[name] for line in live.lines], rtol=1e-3, err_msg=name
        )
    for path, value in kept.weights.items():
        np.testing.assert_allclose(value, live.weights[path], rtol=1e-2, atol=1e-3, err_msg=path)


class Counting:
    """Progress that counts the samples that went through what is frozen, by what they were computed for."""

    def __init__(self) -> None:
        self.computed: dict[str, int] = {}

    @contextmanager
    def track(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        def advance(done: int) -> None:
            self.computed[what] = self.computed.get(what, 0) + done

        yield advance

    def note(self, text: str) -> None:
        raise AssertionError(text)


@pytest.mark.slow
def test_views_are_computed_once_and_found_again(
    train: Callable[..., Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    counts, runs = [], []
    for epochs, views, seed in [(5, 2, 0), (5, 3, 0), (1, 2, 1)]:
        keras.backend.clear_session()  # as another process would name its layers
        counts.append(Counting())
        runs.append(train(head(), epochs, augment=mild(views=views), seed=seed, progress=counts[-1]))
    data = runs[0].state.setup.data
    judged, trained = len(data.validation) + len(data.test), len(data.train)
    computed = [{what: n for what, n in each.computed.items() if what not in {"phase", "preparing"}} for each in counts]
    assert computed[0] == {"features": judged, "view 1": trained, "view 2": trained}
    assert computed[1] == {"view 3": trained}  # and the first two are found again
    assert computed[2] == {"view 1": trained}
    live_passes = 5 * (trained + len(data.validation))
    assert runs[0].plan.forward_passes_saved == live_passes - 2 * trained - len(data.validation)
    assert runs[0].plan.cache_bytes == 4 * 8 * (judged + 2 * trained)


def test_another_policy_has_other_views(train: Callable[..., Trained]) -> None:
    one, other = (train(head(), 1, augment=augmenting(brightness=share, views=1)) for share in (0.2, 0.3))
    assert one.lines[0]["loss"] != other.lines[0]["loss"]


def test_a_frozen_backbone_without_views_caches_evaluated_samples(
    train: Callable[..., Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    count = Counting()
    run = train(head(), 3, augment=mild(), progress=count)
    data = run.state.setup.data
    assert count.computed["features"] == len(data.validation) + len(data.test)
    assert run.plan.forward_passes_saved == 2 * len(data.validation)
    assert "augmented in every epoch" in run.plan.reason


def test_too_many_views_are_refused_with_the_largest_number(
    make_setup: Callable[..., Setup], monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = SupervisedTrainer()
    setup = make_setup(augment=mild(views=4))
    row, judged = 4 * 8, len(setup.data.validation) + len(setup.data.test)
    monkeypatch.setenv("TLZOO_CACHE_BUDGET", str(row * (judged + 3 * len(setup.data.train))))
    plan = trainer.plan(trainer.prepare(setup), phase_of(head(), 10))
    assert (plan.mode, plan.views, plan.cache_bytes) == ("live", 0, row * judged)
    assert "4 views would take 0.0 GB, the budget has room for 3" in plan.reason


def test_views_are_not_for_phases_in_which_all_trains(train: Callable[..., Trained]) -> None:
    run = train(everything(), 1, augment=mild(views=1))
    assert (run.plan.mode, run.plan.views) == ("live", 0)
    assert view(run.state.setup, run.plan, 0) != view(run.state.setup, run.plan, 1)


@pytest.mark.slow
def test_a_sample_that_an_epoch_holds_twice_is_augmented_twice(train: Callable[..., Trained]) -> None:
    for views, alike in ((None, False), (2, True)):
        run = train(everything() if views is None else head(), 1, augment=mild(views=views))
        setup = run.state.setup
        order = np.repeat(setup.data.train[:4], 2)
        feed = phase_run.boundary_of(run.state, run.plan).training(view(setup, run.plan, 0))
        rows = np.concatenate([np.asarray(tensors[0]) for tensors in feed.batches(order, 3)])
        assert [np.array_equal(rows[at], rows[at + 1]) for at in (0, 2, 4, 6)] == [alike] * 4


@pytest.mark.parametrize("augment", [mild(mixup=0.4), mild(views=2)], ids=["pairs", "views"])
@pytest.mark.slow
def test_a_phase_that_was_interrupted_ends_as_one_that_was_not(
    make_setup: Callable[..., Setup], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, augment: Augmenter
) -> None:
    monkeypatch.setattr(phase_run, "_SECONDS_BETWEEN_CHECKPOINTS", 0)
    trainer, phase = SupervisedTrainer(), phase_of(head() | stages_from("three"), 5)

    class Interrupting(MetricsFile):
        def append(self, **figures: Any) -> None:
            super().append(**figures)
            if figures["epoch"] == 3:
                raise KeyboardInterrupt

    found = []
    for name, record in (("whole", MetricsFile), ("broken", Interrupting)):
        (tmp_path / name).mkdir()
        setup = make_setup(checkpoints=tmp_path / name / "checkpoints", augment=augment)
        for metrics in (record(tmp_path / name / "metrics.jsonl"), MetricsFile(tmp_path / name / "rest.jsonl")):
            state = trainer.prepare(setup)
            try:
                result = trainer.run(state, phase, 1, trainer.plan(state, phase), metrics)
            except KeyboardInterrupt:
                continue
            found.append((result.metrics, {path: each.numpy() for path, each in state.network.variables.items()}))
            break
    assert [line["epoch"] for line in MetricsFile(tmp_path / "broken" / "rest.jsonl").lines] == [
        3,
        4,
        5,
    ]  # from the last checkpoint
    assert found[0][0] == found[1][0]
    for path, value in found[0][1].items():
        np.testing.assert_array_equal(value, found[1][1][path], err_msg=path)
