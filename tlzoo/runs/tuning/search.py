"""Optuna search with a journal file, from which it can be resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, PluginError
from tlzoo.runs.files.journal import repair_lines
from tlzoo.runs.tuning.space import Axis, Choice, Range, nearest
from tlzoo.training.seeds import derive

if TYPE_CHECKING:
    import optuna

__all__ = ["Search", "Trial", "Tried"]

_STARTUP = 5
"""Number of random trials before the TPE model of Bergstra et al. (2011) is used."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The next trial: a value for each axis; ``number`` counts finished trials from 0."""

    number: int
    values: Mapping[str, Any]
    asked: optuna.Trial


@dataclass(frozen=True, slots=True)
class Tried:
    """A finished trial. ``score`` is None for a failed one, with ``reason``; ``recipe`` names the recipe of its run."""

    number: int
    values: Mapping[str, Any]
    score: float | None
    noise: float | None
    seconds: float
    recipe: str
    reason: str | None = None


class Search:
    """A search in a file. The next trial depends only on the seed and the finished trials.

    So an interrupted search suggests the same trial again. Only one process may use the file.
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
        except Exception as error:  # Optuna fails in various ways on foreign lines
            said = f"{type(error).__name__}: {error}"
            raise BytesRefusedError(f"{file} is damaged ({said})", "restore the file, or tune again") from error
        self._file = file
        self._distributions = {name: _distribution(axis) for name, axis in space.items()}
        self._space, self._seed = space, seed
        for trial in self._study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
            self._study.tell(
                trial.number, state=optuna.trial.TrialState.FAIL
            )  # interrupted: it will be suggested again

    def tried(self) -> list[Tried]:
        """Return the finished trials, in order."""
        from optuna.trial import TrialState

        ended = self._study.get_trials(deepcopy=False, states=[TrialState.COMPLETE, TrialState.PRUNED])
        return [self._tried(trial.user_attrs.get("tried")) for trial in ended]

    def _tried(self, text: Any) -> Tried:
        from pydantic import TypeAdapter, ValidationError

        try:
            found = TypeAdapter(Tried).validate_json(text)
        except (ValidationError, TypeError) as error:
            said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise BytesRefusedError(f"{self._file} is damaged: {said}", "restore the file, or tune again") from error
        if unknown := found.values.keys() - self._space.keys():
            raise BytesRefusedError(
                f"{self._file} is damaged: a trial has {sorted(unknown)[0]!r}, which is not in the search space",
                "tune again",
            )
        return found

    def ask(self, first: Mapping[str, Any]) -> Trial:
        """Return the next trial; the first one has the recipe's own values, or the nearest ones in the space."""
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
        """Record the result of a trial."""
        from dataclasses import asdict

        from optuna.trial import TrialState

        trial.asked.set_user_attr("tried", json.dumps(asdict(tried)))
        if tried.score is None:
            self._study.tell(trial.asked, state=TrialState.PRUNED)  # the sampler ignores FAIL
        else:
            self._study.tell(trial.asked, tried.score)


class _Held:
    """The lock that Optuna requires. The search folder is already locked, with a lock that ends with its process."""

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
    """Return a value in the format of a recipe: numbers with three significant digits."""
    if isinstance(axis, Range):
        return value if axis.whole else min(max(float(f"{value:.3g}"), axis.low), axis.high)
    return json.loads(value)
