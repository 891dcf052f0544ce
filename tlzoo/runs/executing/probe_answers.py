"""Answers to a strategy's probes, from the trainer or from the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlzoo.error_lines import error_line, file_of
from tlzoo.errors import RunError, TlzooError, TrainingError
from tlzoo.runs.journal import Journal
from tlzoo.strategies import Answer, Probe
from tlzoo.training import Trainer

__all__ = ["ProbeAnswers"]


@dataclass(slots=True)
class ProbeAnswers:
    """Answers the probes of one strategy in the order in which it asks them.

    ``checkpoint`` returns the checkpoint of a probe without a start, None before the first phase. Raises RunError where
    a replayed strategy asks another question than the journal has.
    """

    trainer: Trainer
    state: Any
    journal: Journal
    checkpoint: Callable[[], str | None]
    asked: int = 0

    def __call__(self, probe: Probe) -> Answer:
        """Return the answer of the journal, or find it and write it there."""
        self.asked += 1
        if probe.start is None:
            probe = probe.model_copy(update={"start": self.checkpoint()})
        question = probe.model_dump(mode="json")
        known = self.journal.find("probe", number=self.asked)
        if known is None:
            answer = self._find(probe)
            self.journal.append("probe", number=self.asked, question=question, answer=dict(answer.values))
            return answer
        if known["question"] != question:
            raise RunError(
                f"this strategy is not deterministic at question {self.asked}: it asks another question than before",
                "train again",
            )
        return Answer(known["answer"])

    def _find(self, probe: Probe) -> Answer:
        """Return the probe's answer in plain numbers; the weights before and after are those that it starts from."""
        start = probe.start or "initial"
        self.trainer.restore(self.state, start)
        try:
            answer = probe.answer(self.trainer, self.state)
        except TlzooError:
            raise
        except Exception as error:
            where = error_line(error, file_of(type(probe), "answer")) or "see --traceback"
            raise TrainingError(f"probe {probe.kind!r}: {type(error).__name__}: {error}", where) from error
        finally:
            self.trainer.restore(self.state, start)
        if not isinstance(answer, Answer):
            raise TrainingError(
                f"probe {probe.kind!r}: answer() returned {type(answer).__name__}", 'return Answer({"name": 0.5})'
            )
        return Answer({name: _plain(probe, name, value) for name, value in answer.values.items()})


def _plain(probe: Probe, name: str, value: Any) -> float | list[float]:
    """Return a number, or a list of numbers, as the journal holds it."""
    found = np.asarray(value)
    if found.dtype.kind not in "biuf" or found.ndim > 1:
        raise TrainingError(
            f"probe {probe.kind!r}: {name!r} is {value!r:.60}", "answer with numbers and lists of numbers"
        )
    plain: float | list[float] = found.astype(np.float64).tolist()
    return plain
