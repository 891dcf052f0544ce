from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tlzoo.errors import TrainingError, UsageError
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import Epochs, FineTune, Phase, PhaseResult, everything, head, matching, stages, top
from tlzoo.training import Setup, SupervisedTrainer
from tlzoo.training.state import SupervisedState


def run(setup: Setup, phase: Phase, folder: Path) -> tuple[SupervisedState, PhaseResult, dict[str, np.ndarray]]:
    trainer = SupervisedTrainer()
    state = trainer.prepare(setup)
    before = {path: variable.numpy() for path, variable in state.network.variables.items()}
    result = trainer.run(state, phase, 1, trainer.plan(state, phase), MetricsFile(folder / "metrics.jsonl"))
    return state, result, before


def moved(state: SupervisedState, before: dict[str, np.ndarray]) -> set[str]:
    return {
        path for path, variable in state.network.variables.items() if not np.array_equal(before[path], variable.numpy())
    }


def test_training_the_head_leaves_every_variable_of_the_backbone(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    state, _, before = run(make_setup(), Phase(name="head", train=head(), budget=Epochs(2), rates=1e-2), tmp_path)
    assert moved(state, before) == set(state.network.parts.head)


def test_statistics_stay_unless_the_phase_trains_them(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="all", train=everything(), budget=Epochs(1), rates=1e-3)
    state, _, before = run(make_setup(), phase, tmp_path)
    assert not [path for path in moved(state, before) if "moving" in path and not path.startswith("head/")]
    assert "norm1/gamma" in moved(state, before)


def test_statistics_move_where_the_phase_trains_them(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="top", train=head() | top(1), budget=Epochs(1), rates=1e-3, statistics="trained")
    state, result, before = run(make_setup(), phase, tmp_path)
    assert {"norm3/moving_mean", "norm3/moving_variance"} <= moved(state, before)
    assert "norm2/moving_mean" not in moved(state, before)
    assert result.audited["frozen"] == 12


def test_a_rate_for_each_selection(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    rates = ((everything(), 1e-2), (stages("three"), 1e-6))
    phase = Phase(name="rates", train=head() | top(1), budget=Epochs(1), rates=rates, weight_decay=0.0)
    state, _, before = run(make_setup(), phase, tmp_path)
    change = {path: np.abs(state.network.variables[path].numpy() - before[path]).max() for path in before}
    assert change["conv3/kernel"] < 1e-4
    assert change["head/logits/kernel"] > 1e-3


def test_a_variable_without_a_rate_is_refused(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="rates", train=head() | top(1), budget=Epochs(1), rates=((head(), 1e-2),))
    with pytest.raises(UsageError, match="has no learning rate for"):
        run(make_setup(), phase, tmp_path)


def test_an_empty_selection_is_refused(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="selects no variable"):
        run(make_setup(), Phase(name="none", train=matching("nowhere/*")), tmp_path)


def test_a_loss_that_is_not_a_number_stops_the_phase(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="far", train=everything(), budget=Epochs(3), rates=1e30, schedule="constant")
    with pytest.raises(TrainingError, match=r"phase 'far': the loss is nan at step \d+ of epoch \d"):
        run(make_setup(optimizer="sgd"), phase, tmp_path)


def test_the_audit_names_a_variable_that_never_moves(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="still", train=head(), budget=Epochs(1), rates=1e-45)
    with pytest.raises(TrainingError, match="should train never moved: head/logits/bias"):
        run(make_setup(), phase, tmp_path)


def test_the_same_setup_gives_the_same_weights(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="all", train=everything(), budget=Epochs(3), rates=1e-2, statistics="trained")
    results = []
    for name in "ab":
        (tmp_path / name).mkdir()
        state, result, _ = run(make_setup(checkpoints=tmp_path / name), phase, tmp_path / name)
        results.append(({path: each.numpy() for path, each in state.network.variables.items()}, result.metrics))
    assert results[0][1] == results[1][1]
    for path, value in results[0][0].items():
        np.testing.assert_array_equal(value, results[1][0][path], err_msg=path)


def test_patience_ends_a_phase_early(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    phase = Phase(name="long", train=head(), budget=Epochs(200), rates=0.5, schedule="constant", patience=2)
    _, result, _ = run(make_setup(), phase, tmp_path)
    assert result.stopped == "patience"
    assert result.units < 200


@pytest.mark.parametrize("name", ["adam", "adamw", "lamb", "lion", "nadam", "rmsprop", "sgd"])
def test_every_named_optimizer_learns(make_setup: Callable[..., Setup], tmp_path: Path, name: str) -> None:
    phase = Phase(name="head", train=head(), budget=Epochs(6), rates=3e-2)
    _, result, _ = run(make_setup(optimizer=name), phase, tmp_path)
    assert result.metrics["loss"] < np.log(3)


def test_probabilities_of_the_whole_model_are_those_of_the_evaluation(
    make_setup: Callable[..., Setup], tmp_path: Path
) -> None:
    setup = make_setup()
    state, _, _ = run(setup, Phase(name="head", train=head(), budget=Epochs(1), rates=1e-2), tmp_path)
    found = SupervisedTrainer().evaluate(state, "test")
    samples = [setup.backbone.preprocessing.prepare(image) for image in setup.data.examples.stream(setup.data.test)]
    np.testing.assert_array_equal(found.labels, setup.data.labels[setup.data.test])
    whole = state.network.whole(state.criterion.answer_layer())
    np.testing.assert_allclose(found.answers, whole(keras.ops.stack(samples)), atol=1e-5)


def test_a_replayed_run_evaluates_to_the_same_bits(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    answers = []
    for _ in range(2):  # the second finds every phase in the journal, and opens none of the boundaries that they had
        trainer = SupervisedTrainer()
        state = trainer.prepare(make_setup())
        journal, metrics = Journal(tmp_path / "journal.jsonl"), MetricsFile(tmp_path / "metrics.jsonl")
        outcome = drive(trainer, state, FineTune(rate=1e-6), journal, metrics, str)
        assert outcome.kept.phase == "fine-tune"
        answers.append(trainer.evaluate(state, "test").answers)
    np.testing.assert_array_equal(*answers)
