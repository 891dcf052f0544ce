"""Results of a strategy's probes, from the trainer or from the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlzoo.error_lines import error_line, file_of
from tlzoo.errors import RunError, TlzooError, TrainingError
from tlzoo.runs.files.journal import Journal
from tlzoo.strategies import Answer, Probe
from tlzoo.training import Trainer

__all__ = ["ProbeAnswers"]


@dataclass(slots=True)
class ProbeAnswers:
    """Answers the probes of a strategy, in order.

    ``checkpoint`` returns the start of a probe without one, or None before the first phase. Raises RunError if a
    replayed strategy yields a different probe than in the journal.
    """

    trainer: Trainer
    state: Any
    journal: Journal
    checkpoint: Callable[[], str | None]
    asked: int = 0

    def __call__(self, probe: Probe) -> Answer:
        """Return the answer from the journal, or compute and record it."""
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
                f"the strategy is not deterministic: probe {self.asked} differs from the one in the journal",
                "train again",
            )
        return Answer(known["answer"])

    def _find(self, probe: Probe) -> Answer:
        """Return the probe's result in plain numbers; the probe does not change the weights."""
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
    """Return a number or a list of numbers in the journal's format."""
    found = np.asarray(value)
    if found.dtype.kind not in "biuf" or found.ndim > 1:
        raise TrainingError(f"probe {probe.kind!r}: {name!r} is {value!r:.60}", "return numbers or lists of numbers")
    plain: float | list[float] = found.astype(np.float64).tolist()
    return plain
