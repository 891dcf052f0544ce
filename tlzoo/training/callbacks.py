"""Keras callbacks of the user, called in every phase as in ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, final

from tlzoo.errors import RunError, TlzooError, UsageError
from tlzoo.training.callback_state import CallbackStates

if TYPE_CHECKING:
    import keras
    import numpy as np

    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Plan

__all__ = [
    "BatchCallbackError",
    "CallbackError",
    "PhaseCallbacks",
    "callback_names",
    "check_callbacks",
    "directions",
    "refuse_batch_callbacks",
    "wants_batches",
]

_BATCH_METHODS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_batch_begin",
    "on_test_batch_end",
)
_RATES = "which phases set at every step", "use schedule, warmup or patience of the strategy's phases"
_NATIVE = {
    "BackupAndRestore": ("saves checkpoints, as every run does", "leave it out: use `tlzoo resume`"),
    "LearningRateScheduler": (f"sets the learning rate, {_RATES[0]}", _RATES[1]),
    "ReduceLROnPlateau": (f"sets the learning rate, {_RATES[0]}", _RATES[1]),
    "RemoteMonitor": ("sends figures to a server", "use a tracker: tlzoo.train(…, tracker=…)"),
    "SwapEMAWeights": ("swaps the weights of a compiled model", "use Phase(ema=0.99), or use_ema of the optimizer"),
    "TensorBoard": ("needs a compiled model", 'use tracker="tensorboard"'),
}
"""Unsupported callbacks of Keras: the reason, and an alternative."""

_PREFIX = "callback."
"""Prefix of the arrays of callbacks in a checkpoint."""

_LOWER_IS_BETTER = frozenset({"loss", "mae"})

_Item = TypeVar("_Item")


class CallbackError(RunError):
    """A callback raised an error. The run can be resumed, because the phase did not fail."""


class BatchCallbackError(UsageError):
    """A callback has batch methods, but a phase does not run the network by batches."""


def check_callbacks(callbacks: Any) -> tuple[Any, ...]:
    """Return callbacks as a tuple. Raises UsageError for other objects and unsupported callbacks."""
    if callbacks is None or (isinstance(callbacks, Sequence) and not callbacks):
        return ()
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks = callbacks.callbacks
    if not isinstance(callbacks, list | tuple):
        callbacks = [callbacks]
    for position, each in enumerate(callbacks):
        cls = each if isinstance(each, type) else type(each)
        if not isinstance(each, keras.callbacks.Callback):
            is_class = isinstance(each, type) and issubclass(each, keras.callbacks.Callback)
            fix = f"pass {cls.__name__}()" if is_class else "pass objects of keras.callbacks.Callback"
            raise UsageError(f"callbacks[{position}] is {each!r:.60}, not a Keras callback", fix)
        for base in cls.__mro__:
            if base.__module__.startswith("keras.") and base.__name__ in _NATIVE:
                what, fix = _NATIVE[base.__name__]
                raise UsageError(f"the callback {cls.__name__} {what}", fix)
    return tuple(callbacks)


def callback_names(callbacks: Iterable[Any]) -> list[str]:
    """Return the names of the classes."""
    return [type(each).__name__ for each in callbacks]


def wants_batches(callback: Any) -> bool:
    """Whether a callback overrides a method for batches."""
    if (
        getattr(callback, "save_freq", None) == "epoch"
    ):  # ModelCheckpoint overrides the method, which then has no effect
        return False
    return any(not getattr(getattr(callback, name), "_is_default", False) for name in _BATCH_METHODS)


def refuse_batch_callbacks(callbacks: Iterable[Any], plan: Plan, phase: Phase) -> None:
    """Raise BatchCallbackError if a callback has batch methods, but a phase does not run by batches."""
    measures = phase.objective is not None and phase.objective.measures_statistics
    if plan.mode == "live" and plan.solver == "gradient" and not measures:
        return
    waiting = [each for each in callbacks if wants_batches(each)]
    if not waiting:
        return
    why = "is solved without batches" if plan.solver == "lbfgs" else f"trains on {plan.mode}"
    if measures:
        why = "measures statistics in one pass"
    raise BatchCallbackError(
        f"the callback {type(waiting[0]).__name__} has methods for batches, but phase {phase.name!r} {why}, so "
        "the network does not run by batches",
        "use on_epoch_end, or set TLZOO_CACHE_BUDGET=0 and solver=gradient to train every phase by batches",
    )


@final
@dataclass(slots=True)
class PhaseCallbacks:
    """The callbacks in one phase, which is one call of ``fit`` for them.

    ``make_model`` returns the network from samples to predictions; it is not called without callbacks. ``upward`` has
    the figures for which higher is better. ``states`` saves and restores the state of the callbacks.
    """

    callbacks: Sequence[Any]
    make_model: Callable[[], keras.Model]
    phase: str
    upward: Mapping[str, bool] = field(default_factory=dict)
    states: CallbackStates | None = None
    epoch: int = 0
    _model: Any = None

    def begin(self, epochs: int, steps: int) -> None:
        """Set the model and the length of the phase, and call the start methods."""
        if not self.callbacks:
            return
        self._model = self.make_model()
        self._model.stop_training = False
        if not hasattr(self._model, "optimizer"):
            self._model.optimizer = None
        for each in self.callbacks:
            _set_direction(each, self.upward)
        self._call("set_model", self._model)
        self._call("set_params", {"verbose": 0, "epochs": epochs, "steps": steps, "phase": self.phase})
        self._call("on_train_begin", {})
        if self.states is not None:
            self.states.begin()

    def save(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return the arrays and the JSON of the callbacks' state for a checkpoint."""
        if self.states is None or not self.callbacks:
            return {}, {}
        arrays, described = self.states.save()
        saved = {f"{_PREFIX}{name}": array for name, array in arrays.items()}
        return saved, {"callbacks": described, "stopped": self.stopped}

    def restore(self, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> list[str]:
        """Restore the state of ``save`` after ``begin``; return notes on state that cannot be restored."""
        if self.states is None or not self.callbacks or "callbacks" not in about:
            return []
        own = {name.removeprefix(_PREFIX): array for name, array in arrays.items() if name.startswith(_PREFIX)}
        self._model.stop_training = bool(about.get("stopped"))
        return self.states.restore((own, about["callbacks"]))

    def begin_epoch(self, epoch: int) -> None:
        """Begin an epoch, counted from 0."""
        self.epoch = epoch
        self._call("on_epoch_begin", epoch, {})

    def end_epoch(self, figures: Mapping[str, float]) -> None:
        """End the epoch with its figures."""
        self._call("on_epoch_end", self.epoch, dict(figures))

    def end(self, figures: Mapping[str, float]) -> None:
        """End the phase with the figures of its last epoch."""
        self._call("on_train_end", dict(figures))

    @property
    def stopped(self) -> bool:
        """Whether a callback set ``model.stop_training``."""
        return self._model is not None and bool(self._model.stop_training)

    def begin_batch(self, batch: int) -> None:
        """Begin a training batch."""
        self._call("on_train_batch_begin", batch, {})

    def end_batch(self, batch: int, loss: float) -> None:
        """End a training batch with its loss."""
        self._call("on_train_batch_end", batch, {"loss": loss})

    def validating(self, batches: Iterable[_Item]) -> Iterator[_Item]:
        """Yield the batches of the validation split, with the calls around each."""
        self._call("on_test_begin", {})
        for number, batch in enumerate(batches):
            self._call("on_test_batch_begin", number, {})
            yield batch
            self._call("on_test_batch_end", number, {})
        self._call("on_test_end", {})

    def _call(self, method: str, *arguments: Any) -> None:
        for each in self.callbacks:
            try:
                getattr(each, method)(*arguments)
            except TlzooError:
                raise
            except Exception as error:
                said = " ".join(str(error).split())
                raise CallbackError(
                    f"the callback {type(each).__name__} raised {type(error).__name__} in {method}, "
                    f"phase {self.phase!r}, epoch {self.epoch + 1}: {said:.300}",
                    "correct it, or leave it out and resume the run",
                ) from error


def _set_direction(callback: Any, upward: Mapping[str, bool]) -> None:
    """Set whether higher is better for a callback that monitors a figure, for which Keras uses a compiled model."""
    monitored = str(getattr(callback, "monitor", "")).removeprefix("val_")
    if getattr(callback, "mode", None) == "auto" and monitored in upward:
        callback.mode = "max" if upward[monitored] else "min"


def directions(figures: Iterable[str], metrics: Iterable[Any]) -> dict[str, bool]:
    """Return the figures for which higher is better: those of the task, and of Keras metrics."""
    known = {name: name not in _LOWER_IS_BETTER for name in figures}
    return known | {each.name: each._direction == "up" for each in metrics if hasattr(each, "_direction")}  # noqa: SLF001 - Keras asks for nothing else
