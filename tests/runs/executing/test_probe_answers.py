"""Probes of a user's own: how they are answered, what the journal has of them, and what a replay does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tlzoo.errors import RunError, TrainingError, UsageError
from tlzoo.runs.executing.driver import drive
from tlzoo.runs.executing.explain import _suppose
from tlzoo.runs.executing.probe_answers import ProbeAnswers
from tlzoo.runs.files.journal import Journal, MetricsFile
from tlzoo.strategies import Answer, Epochs, GradientNorms, Phase, Phases, Probe, RateRange, Strategy, everything, head
from tlzoo.testing.tiny import tiny_setup
from tlzoo.training import SupervisedTrainer


class Confidence(Probe):
    """Mean probability of the predicted class. It also spoils the weights, which are to be restored."""

    asked: ClassVar[list[str | None]] = []

    split: str = "train"

    def answer(self, trainer: Any, state: Any) -> Answer:
        self.asked.append(self.start)
        largest = trainer.evaluate(state, self.split).answers.max(axis=1)
        for variable in state.network.variables.values():
            variable.assign(variable.value * 0)
        return Answer({"mean": largest.mean(), "some": largest[:3]})


class Asking(Strategy):
    """Asks before and after the head's phase, and trains everything unless the head is sure."""

    sure: float = 0.0
    split: str = "train"

    def phases(self, job: Any) -> Phases:
        before = job.probe(Confidence(split=self.split)).number("mean")
        yield Phase(name="head", train=head(), budget=Epochs(4), rates=0.1)
        after = job.probe(Confidence(split=self.split)).number("mean")
        job.tell(f"{before} {after}")
        if after < before + self.sure:
            yield Phase(name="everything", train=everything(), budget=Epochs(1))
        return None


def go(folder: Path, strategy: Strategy) -> tuple[list[str], list[str]]:
    """Run or replay a strategy in a folder; return the names of its phases and what it said."""
    told: list[str] = []
    trainer = SupervisedTrainer()
    state = trainer.prepare(tiny_setup(folder / "checkpoints"))
    journal, metrics = Journal(folder / "journal.jsonl"), MetricsFile(folder / "metrics.jsonl")
    outcome = drive(trainer, state, strategy, journal, metrics, told.append)
    return [done.phase.name for done in outcome.phases], told


@pytest.fixture(scope="module")
def asked_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[list[str], list[str]]]:
    """A run whose strategy asks two probes of its own, with what it did and said."""
    folder = tmp_path_factory.mktemp("asked")
    Confidence.asked.clear()
    return folder, go(folder, Asking())


Asked = tuple[Path, tuple[list[str], list[str]]]


def test_a_strategy_uses_the_result_of_its_probe(asked_once: Asked) -> None:
    _, (phases, (said,)) = asked_once
    before, after = map(float, said.split())
    assert 1 / 3 < before < after < 1
    assert phases == ["head"]


def test_the_journal_has_question_and_answer(asked_once: Asked) -> None:
    folder, _ = asked_once
    first, second = [event for event in Journal(folder / "journal.jsonl").events if event["event"] == "probe"]
    assert first["question"] == {"kind": "Confidence", "start": None, "split": "train"}
    assert second["question"] == {"kind": "Confidence", "start": "phase-01", "split": "train"}
    assert len(second["answer"]["some"]) == 3
    assert second["answer"]["mean"] > first["answer"]["mean"]


def test_a_replay_answers_from_the_journal(asked_once: Asked) -> None:
    folder, expected = asked_once
    before = list(Confidence.asked)
    assert before[:2] == [None, "phase-01"]
    assert go(folder, Asking()) == expected
    assert Confidence.asked == before


def test_another_question_than_before_is_refused(asked_once: Asked) -> None:
    with pytest.raises(RunError, match="not deterministic: probe 1"):
        go(asked_once[0], Asking(split="validation"))


def test_the_weights_are_restored(tmp_path: Path) -> None:
    trainer = SupervisedTrainer()
    state = trainer.prepare(tiny_setup(tmp_path / "checkpoints"))
    before = {path: variable.numpy() for path, variable in state.network.variables.items()}
    ask = ProbeAnswers(trainer, state, Journal(tmp_path / "journal.jsonl"), lambda: None)
    assert 1 / 3 < ask(Confidence()).number("mean") < 1
    for path, variable in state.network.variables.items():
        np.testing.assert_array_equal(variable.numpy(), before[path])


class Restoring:
    """A trainer without a model."""

    def restore(self, state: Any, checkpoint: str) -> None:
        pass


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mean": 0.5}, r"probe 'Odd': answer\(\) returned dict"),
        (Answer({"mean": "high"}), "probe 'Odd': 'mean' is 'high'"),  # type: ignore[dict-item]
        (Answer({"mean": [[0.5]]}), "probe 'Odd': 'mean' is"),  # type: ignore[list-item]
        (ZeroDivisionError("no samples"), "probe 'Odd': ZeroDivisionError: no samples"),
    ],
)
def test_a_wrong_answer_is_an_error_that_names_the_probe(tmp_path: Path, given: Any, said: str) -> None:
    class Odd(Probe):
        def answer(self, trainer: Any, state: Any) -> Answer:
            if isinstance(given, Exception):
                raise given
            return given  # type: ignore[no-any-return]

    ask = ProbeAnswers(Restoring(), None, Journal(tmp_path / "journal.jsonl"), lambda: None)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=said):
        ask(Odd())
    assert not (tmp_path / "journal.jsonl").exists()


def test_a_probe_without_an_answer_is_refused_by_the_trainer(tmp_path: Path) -> None:
    class Silent(Probe):
        pass

    trainer = SupervisedTrainer()
    state = trainer.prepare(tiny_setup(tmp_path / "checkpoints"))
    with pytest.raises(UsageError, match="does not support the probe 'Silent'"):
        trainer.probe(state, Silent())


def test_explain_answers_without_training(tmp_path: Path) -> None:
    class Costly(Confidence):
        def suppose(self, trainer: Any, state: Any) -> Answer:
            return Answer({"mean": 0.9})

    trainer = SupervisedTrainer()
    state = trainer.prepare(tiny_setup(tmp_path / "checkpoints"))
    assert _suppose(trainer, state, Costly(start="phase-07")).number("mean") == 0.9
    assert 1 / 3 < _suppose(trainer, state, Confidence(start="phase-07")).number("mean") < 1
    assert _suppose(trainer, state, RateRange(train=head())).number("suggested") == 1e-3
    assert _suppose(trainer, state, GradientNorms()).values == {"low": 0.0, "middle": 1.0, "top": 2.0}


def test_a_probe_is_named_by_its_class_unless_it_has_a_kind() -> None:
    class Mine(RateRange):
        pass

    class Named(Probe):
        kind = "named"

    assert (Mine.kind, Named.kind, RateRange.kind) == ("Mine", "named", "rate-range")
    assert RateRange(train=head()).model_dump(mode="json") == {
        "kind": "rate-range",
        "train": {"kind": "head"},
        "lowest": 1e-6,
        "highest": 1.0,
        "steps": 60,
        "start": None,
    }
