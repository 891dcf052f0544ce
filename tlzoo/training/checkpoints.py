"""Checkpoints: the weights that differ from the state before the first phase, written atomically."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.artifacts.formats.documents import parse_json, read_json
from tlzoo.artifacts.formats.npz import check_arrays
from tlzoo.errors import BytesRefusedError, RunError
from tlzoo.files.atomic import atomic_write, write_text
from tlzoo.files.format_number import FORMAT_KEY, without_format

if TYPE_CHECKING:
    import keras

__all__ = ["Checkpoints", "digests", "merge_start"]

_HEADER = "__about__"
_FORMAT = "__format__"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}")
_START = "start"
"""The checkpoint of another run from which this one starts, if any."""


class Checkpoints:
    """The checkpoints of a run: named sets of arrays in a folder, one ``.npz`` (without pickle) each.

    ``initial`` is the state before the first phase. It is not written: the same recipe gives the same state.
    If the folder has the weights of another run to start from (``merge_start``), the variables are set to them;
    ``loaded`` is the state before that, which is otherwise the initial one.
    """

    def __init__(self, folder: Path, variables: Mapping[str, keras.Variable]) -> None:
        self._folder = folder
        self._variables = variables
        self.started = self._path(_START).is_file()
        replaced = self._start() if self.started else {}
        self.initial: Mapping[str, np.ndarray] = {
            path: variable.value.numpy().copy() for path, variable in variables.items()
        }
        self.loaded: Mapping[str, np.ndarray] = {**self.initial, **replaced}

    def _start(self) -> dict[str, np.ndarray]:
        """Set the variables to those of the run to start from, and return the replaced values.

        Raises RunError if they do not fit.
        """
        replaced: dict[str, np.ndarray] = {}
        for path, array in self._read(_START)[0].items():
            variable = self._variables.get(path)
            if variable is None or tuple(variable.shape) != array.shape:
                shape = "is missing" if variable is None else f"has shape {tuple(variable.shape)}, not {array.shape}"
                raise RunError(
                    f"the run to start from has another network: {path} {shape}",
                    "use its backbone, head and adapters",
                )
            replaced[path] = variable.value.numpy().copy()
            variable.assign(array)
        return replaced

    def save(
        self, name: str, extra: Mapping[str, np.ndarray] | None = None, about: Mapping[str, Any] | None = None
    ) -> None:
        """Write the variables that differ from the initial ones, with optional extra arrays and JSON figures."""
        arrays = {f"v:{path}": self._variables[path].value.numpy() for path in self.changed()}
        arrays |= {f"x:{key}": value for key, value in (extra or {}).items()}
        arrays |= _header(about or {})
        self._folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(self._path(name)) as stream:
            np.savez(stream, **arrays)

    def load(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Set every variable to the checkpoint's; return extra arrays and figures.

        ``"initial"`` is the state before the first phase. Raises RunError if it does not exist or cannot be read,
        BytesRefusedError if it has anything but arrays of this network.
        """
        extra: dict[str, np.ndarray] = {}
        about: dict[str, Any] = {}
        changed: dict[str, np.ndarray] = {}
        if name != "initial":
            changed, extra, about = self._read(name)
        for path, variable in self._variables.items():
            initial = self.initial[path]
            value = changed.get(path, initial)
            if (value.shape, value.dtype) != (initial.shape, initial.dtype):
                raise BytesRefusedError(
                    f"{self._path(name)}: {path} is {value.dtype} {value.shape}; the network needs {initial.dtype} "
                    f"{initial.shape}",
                    "the checkpoint is of another network; train again",
                )
            if not _is_equal(variable, value):
                variable.assign(value)
        return extra, about

    @contextmanager
    def interrupted(self, name: str) -> Iterator[tuple[dict[str, np.ndarray], dict[str, Any]]]:
        """Load the checkpoint of an interrupted phase, and yield the result of ``load`` to the continuing block.

        Raises:
            BytesRefusedError: If the block finds arrays or figures of another phase.
        """
        extra, about = self.load(name)
        try:
            yield extra, about
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise BytesRefusedError(
                f"the checkpoint {self._path(name).name} is of another phase ({said})",
                "remove it to begin the phase again",
            ) from error

    def read(self, name: str, prefix: str) -> dict[str, np.ndarray]:
        """Return the variables of a checkpoint with this path prefix, by the rest of the path.

        Only variables that differ from the state before the first phase are stored. Raises
        RunError if the checkpoint does not exist or cannot be read.
        """
        changed = {} if name == "initial" else self._read(name, f"v:{prefix}")[0]
        return {path.removeprefix(prefix): array for path, array in changed.items()}

    def load_initial_into(self, variables: Mapping[str, keras.Variable]) -> None:
        """Set variables of the same paths to the state before the first phase."""
        for path, variable in variables.items():
            variable.assign(self.initial[path])

    def changed(self) -> set[str]:
        """Return the paths of variables that differ from the state before the first phase."""
        return {path for path, variable in self._variables.items() if not _is_equal(variable, self.initial[path])}

    def exists(self, name: str) -> bool:
        """Return whether a checkpoint of that name exists."""
        return name == "initial" or self._path(name).is_file()

    def discard(self, name: str) -> None:
        """Remove a checkpoint."""
        self._path(name).unlink(missing_ok=True)

    def _read(self, name: str, begin: str = "") -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, Any]]:
        return _read(self._path(name), begin)

    def _path(self, name: str) -> Path:
        return _path_of(self._folder, name)


def merge_start(other: Path, name: str, folder: Path) -> None:
    """Write the weights of another run's checkpoint into a folder for a run that starts from them.

    The start of the other run is merged, so the result has everything that differs from the pretrained weights.
    JSON files of a trainer among its checkpoints are copied: they may describe earlier weights.
    """
    changed: dict[str, np.ndarray] = {}
    for part in (_START, name):
        path = _path_of(other, part)
        if part == name or path.is_file():
            changed |= _read(path)[0]
    folder.mkdir(parents=True, exist_ok=True)
    for file in other.glob("*.json"):
        write_text(folder / file.name, json.dumps(read_json(file)))
    arrays: dict[str, Any] = {f"v:{variable}": array for variable, array in changed.items()}
    arrays |= _header({})
    with atomic_write(folder / f"{_START}.npz") as stream:
        np.savez(stream, **arrays)


def _header(about: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of a checkpoint that are not weights: its format number, and JSON figures of its trainer."""
    return {
        _FORMAT: np.ones((), np.int64),
        _HEADER: np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
    }


def _path_of(folder: Path, name: str) -> Path:
    """Return the file of a checkpoint. Raises BytesRefusedError for a name that may lead out of the folder."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise BytesRefusedError(f"{name!r} is not a valid checkpoint name", "the run's journal is damaged; train again")
    return folder / f"{name}.npz"


def digests(variables: Mapping[str, keras.Variable]) -> dict[str, str]:
    """Return a hash of each variable's bytes, for the audit and checkpoints."""
    return {
        path: hashlib.blake2b(variable.value.numpy().tobytes(), digest_size=16).hexdigest()
        for path, variable in variables.items()
    }


def _is_equal(variable: keras.Variable, array: np.ndarray) -> bool:
    """Return whether a variable has exactly the bytes of an array of the same shape and type."""
    return bool(variable.value.numpy().tobytes() == array.tobytes())


def _read(path: Path, begin: str = "") -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, Any]]:
    """Return changed variables, extra arrays and figures of a checkpoint.

    Raises:
        RunError: If it does not exist.
        BytesRefusedError: If it has anything but arrays and figures.
    """
    if not path.is_file():
        raise RunError(f"this run has no checkpoint {path.stem!r}")
    try:
        # opened here, because np.load leaves a broken file open, and once, so that the inspected bytes are read
        with path.open("rb") as stream:
            check_arrays(stream, f"the checkpoint {path.name}")
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as stored:
                known = [key for key in stored.files if key in {_HEADER, _FORMAT} or key.startswith(begin)]
                arrays = {key: stored[key] for key in known}
        number = arrays.pop(_FORMAT, np.ones((), np.int64)).item()
        without_format({FORMAT_KEY: number}, str(path))
        about = parse_json(arrays.pop(_HEADER).tobytes(), f"the header of {path}")
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, AttributeError) as error:
        reason = str(error) or type(error).__name__
        raise BytesRefusedError(f"the checkpoint {path.name} cannot be read ({reason})", "train again") from error
    changed = {key[2:]: value for key, value in arrays.items() if key.startswith("v:")}
    extra = {key[2:]: value for key, value in arrays.items() if key.startswith("x:")}
    return changed, extra, about
