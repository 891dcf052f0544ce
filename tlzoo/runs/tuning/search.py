"""The search itself: Optuna chooses what to try next, its journal in a file is what a search resumes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, PluginError
from tlzoo.runs.journal import repair_lines
from tlzoo.runs.tuning.space import Axis, Choice, Range, nearest
from tlzoo.training.seeds import derive

if TYPE_CHECKING:
    import optuna

__all__ = ["Search", "Trial", "Tried"]

_STARTUP = 5
"""So many trials are drawn at random before the model of Bergstra et al. (2011, TPE) takes over."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried: a value for each axis; ``number`` counts the trials that were ended, from 0."""

    number: int
    values: Mapping[str, Any]
    asked: optuna.Trial


@dataclass(frozen=True, slots=True)
class Tried:
    """A trial that was ended. ``score`` is None for one that failed, for ``reason``; ``recipe`` names what was run."""

    number: int
    values: Mapping[str, Any]
    score: float | None
    noise: float | None
    seconds: float
    recipe: str
    reason: str | None = None


class Search:
    """A search in a file. What is asked for next follows from the seed and the trials that were ended, and no more.

    So a search that was interrupted asks for the same again. Only one process may use the file.
    """

    def __init__(self, file: Path, space: Mapping[str, Axis], seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise PluginError(f"tuning needs Optuna ({error})", "pip install 'tlzoo[tune]'") from error
        from optuna.storages.journal import JournalFileBackend

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        repair_lines(file)
        lock: Any = _Held()
        try:
            storage = optuna.storages.JournalStorage(JournalFileBackend(str(file), lock_obj=lock))
            self._study = optuna.create_study(
                storage=storage, study_name="tlzoo", direction="maximize", load_if_exists=True
            )
        except Exception as error:  # whatever Optuna makes of lines that it did not write
            said = f"{type(error).__name__}: {error}"
            raise BytesRefusedError(f"{file} is damaged ({said})", "put the file back, or tune again") from error
        self._file = file
        self._distributions = {name: _distribution(axis) for name, axis in space.items()}
        self._space, self._seed = space, seed
        for trial in self._study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
            self._study.tell(
                trial.number, state=optuna.trial.TrialState.FAIL
            )  # interrupted: it will be asked for again

    def tried(self) -> list[Tried]:
        """Return the trials that were ended, in order."""
        from optuna.trial import TrialState

        ended = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE, TrialState.PRUNED])
        return [self._tried(trial.user_attrs.get("tried")) for trial in ended]

    def _tried(self, text: Any) -> Tried:
        from pydantic import TypeAdapter, ValidationError

        try:
            found = TypeAdapter(Tried).validate_json(text)
        except (ValidationError, TypeError) as error:
            said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise BytesRefusedError(f"{self._file} is damaged: {said}", "put the file back, or tune again") from error
        if unknown := found.values.keys() - self._space.keys():
            raise BytesRefusedError(
                f"{self._file} is damaged: it tried {sorted(unknown)[0]!r}, which is not searched", "tune again"
            )
        return found

    def ask(self, first: Mapping[str, Any]) -> Trial:
        """Return what to try next; the first trial is of the recipe's own values, or what is nearest in the space."""
        from optuna.samplers import TPESampler
        from optuna.trial import TrialState

        number = len(self.tried())
        self._study.sampler = TPESampler(seed=derive(self._seed, "tune", number) % 2**32, n_startup_trials=_STARTUP)
        waiting = self._study.get_trials(deepcopy=False, states=[TrialState.WAITING])
        if not (number or waiting):
            own = {name: _written(axis, nearest(axis, first[name])) for name, axis in self._space.items()}
            self._study.enqueue_trial(own)
        asked = self._study.ask(self._distributions)
        return Trial(number, {name: _read(self._space[name], value) for name, value in asked.params.items()}, asked)

    def tell(self, trial: Trial, tried: Tried) -> None:
        """Write down what came of a trial."""
        from dataclasses import asdict

        from optuna.trial import TrialState

        trial.asked.set_user_attr("tried", json.dumps(asdict(tried)))
        if tried.score is None:
            self._study.tell(trial.asked, state=TrialState.PRUNED)  # not FAIL, which the sampler would not learn from
        else:
            self._study.tell(trial.asked, tried.score)


class _Held:
    """The lock that Optuna asks for: the search's folder is locked already, and by one that dies with its process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


def _distribution(axis: Axis) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(axis, Choice):
        return CategoricalDistribution(tuple(map(json.dumps, axis.values)))
    if axis.whole:
        return IntDistribution(int(axis.low), int(axis.high), log=axis.log)
    return FloatDistribution(axis.low, axis.high, log=axis.log)


def _written(axis: Axis, value: Any) -> Any:
    return json.dumps(value) if isinstance(axis, Choice) else value


def _read(axis: Axis, value: Any) -> Any:
    """Return a value as a recipe has it: numbers to three places, as nobody can tell more apart."""
    if isinstance(axis, Range):
        return value if axis.whole else min(max(float(f"{value:.3g}"), axis.low), axis.high)
    return json.loads(value)
