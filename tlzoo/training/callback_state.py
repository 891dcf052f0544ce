"""State of Keras callbacks in checkpoints: the attributes that are numbers or arrays of numbers, without pickle."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, final

import numpy as np

__all__ = ["CallbackStates", "State"]

State: TypeAlias = tuple[dict[str, np.ndarray], list[dict[str, Any]]]
"""Arrays for a checkpoint, and the kinds of the attributes of each callback as JSON."""

_Kind: TypeAlias = Literal["none", "number", "numbers", "array", "arrays"]
_KINDS: tuple[_Kind, ...] = ("none", "number", "numbers", "array", "arrays")
_OF_KERAS = frozenset({"_model", "params"})
"""Attributes that are set before each phase."""


@final
class CallbackStates:
    """The states of callbacks, relative to the callbacks as the user passed them.

    Only attributes that changed are saved, and none that is named like an argument of the constructor. Strings are not
    saved: a run folder is untrusted, and a string may be the path of a file to write.
    """

    def __init__(self, callbacks: Sequence[Any]) -> None:
        """Take callbacks before their first call."""
        self._callbacks = callbacks
        self._given = [_snapshot(each) for each in callbacks]
        self._begun = self._given

    def begin(self) -> None:
        """Take the attributes at the start of a phase, which ``on_train_begin`` sets again in a resumed run."""
        self._begun = [_snapshot(each) for each in self._callbacks]

    def save(self) -> State:
        """Return the changed attributes. ``lost`` has those that changed in the phase and cannot be saved."""
        arrays: dict[str, np.ndarray] = {}
        described = []
        for number, (callback, given, begun) in enumerate(zip(self._callbacks, self._given, self._begun, strict=True)):
            kinds: dict[str, _Kind] = {}
            lost = []
            for name, value in _attributes(callback):
                kind = _kind(value)
                if kind is not None and not _same(value, given.get(name, _MISSING)):
                    kinds[name] = kind
                    arrays |= {f"{number}.{key}": array for key, array in _arrays(name, value, kind)}
                elif kind is None and value is not begun.get(name, _MISSING):
                    lost.append(name)
            described.append({"class": type(callback).__name__, "attributes": kinds, "lost": lost})
        return arrays, described

    def restore(self, state: State) -> list[str]:
        """Set the attributes of callbacks of the same classes; return a note for each one with lost attributes.

        Raises ValueError, KeyError and TypeError for damaged states.
        """
        arrays, described = state
        notes, waiting = [], list(enumerate(described))
        for callback in self._callbacks:
            own = next((each for each in waiting if each[1]["class"] == type(callback).__name__), None)
            if own is None:
                continue
            waiting.remove(own)
            number, about = own
            known = dict(_attributes(callback))
            for name, kind in about["attributes"].items():
                if name in known and _kind(known[name]) is not None:
                    setattr(callback, name, _value(name, kind, arrays, number))
            if about["lost"]:
                names = ", ".join(map(str, about["lost"]))
                notes.append(
                    f"the callback {about['class']} starts again without {names}: checkpoints keep only numbers"
                )
        return notes


class _Missing:
    """The value of an attribute that did not exist."""


_MISSING = _Missing()


def _attributes(callback: Any) -> Iterator[tuple[str, Any]]:
    """Yield the attributes without those that are named like an argument: they are the user's, also if changed.

    ``EarlyStopping`` changes the sign of its ``min_delta`` in the first epoch of a process.
    """
    arguments = {name for cls in type(callback).__mro__ for name in _arguments(cls)}
    skipped = _OF_KERAS | arguments
    yield from ((name, value) for name, value in vars(callback).items() if name not in skipped)


def _arguments(cls: type) -> Iterable[str]:
    constructor = vars(cls).get("__init__")
    return inspect.signature(constructor).parameters if inspect.isfunction(constructor) else ()


def _snapshot(callback: Any) -> dict[str, Any]:
    """Return the attributes; lists and arrays that can be saved are copied, because they may change in place."""
    return {
        name: value if (kind := _kind(value)) is None else _copy(value, kind) for name, value in _attributes(callback)
    }


def _copy(value: Any, kind: _Kind) -> Any:
    if kind == "arrays":
        return [each.copy() for each in value]
    return value.copy() if kind in {"array", "numbers"} else value


def _kind(value: Any) -> _Kind | None:
    """Return the kind of a value that can be saved, or None."""
    if value is None:
        return "none"
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return "number" if np.asarray(value).dtype.kind in "biuf" else None
    if isinstance(value, np.ndarray):
        return "array" if value.dtype.kind in "biuf" else None
    if not isinstance(value, list):
        return None
    kinds = {_kind(each) for each in value}
    if kinds <= {"number"}:
        return "numbers"
    return "arrays" if kinds == {"array"} else None


def _same(value: Any, other: Any) -> bool:
    if type(value) is not type(other):
        return False
    if isinstance(value, list):
        return len(value) == len(other) and all(map(_same, value, other))
    return np.array_equal(value, other, equal_nan=True) if isinstance(value, np.ndarray) else bool(value == other)


def _arrays(name: str, value: Any, kind: _Kind) -> Iterator[tuple[str, np.ndarray]]:
    if kind == "arrays":
        yield f"{name}.count", np.asarray(len(value))
        yield from ((f"{name}.{at}", each) for at, each in enumerate(value))
    elif kind != "none":
        yield name, np.asarray(value)


def _value(name: str, kind: Any, arrays: Mapping[str, np.ndarray], number: int) -> Any:
    if kind not in _KINDS:
        raise ValueError(f"a callback has an attribute of kind {kind!r:.40}")
    if kind == "none":
        return None
    if kind == "arrays":
        count = int(arrays[f"{number}.{name}.count"])
        return [arrays[f"{number}.{name}.{at}"] for at in range(min(count, len(arrays)))]
    found = arrays[f"{number}.{name}"]
    return found if kind == "array" else found.tolist()
