"""Inspection of ``.keras`` files before Keras opens them: an archive of arrays and a configuration with class names."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from tlzoo.artifacts.formats.documents import parse_json
from tlzoo.artifacts.formats.weights import check_weights
from tlzoo.errors import BytesRefusedError

__all__ = ["CODE_LAYERS", "FILE_OPTIONS", "check_keras_model", "classes_in"]

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MOST_MEMBERS = 10_000
_MOST_CONFIG = 256 * 2**20
_RATIO = 200
_DEEPEST = 512
_ENCRYPTED = 0x1
_KERAS = (
    "keras.activations",
    "keras.constraints",
    "keras.dtype_policies",
    "keras.initializers",
    "keras.layers",
    "keras.models",
    "keras.random",
    "keras.regularizers",
    "keras.src.dtype_policies",
    "keras.src.layers",
    "keras.src.models",
    "keras.src.ops",
    "keras.src.random",
    "keras_hub",
)
"""Keras modules with harmless classes; other modules read files, download, or change settings."""
CODE_LAYERS = {
    "Lambda": "Python code",
    "__lambda__": "Python code",
    "TFSMLayer": "a SavedModel at any path",
    "TorchModuleWrapper": "a pickle",
    "JaxLayer": "code of another framework",
    "FlaxLayer": "code of another framework",
}
"""Layers of Keras that contain code, with the kind of code."""
_TOP = {"DTypePolicy", "Model", "Sequential"}
"""Classes that Keras names by ``keras`` only."""
FILE_OPTIONS = ("vocabulary", "merges", "proto", "special_tokens", "language_tokens")
"""Options of layers and tokenizers that, as strings, are file paths. Keras refuses some of them."""


def check_keras_model(path: Path, what: str) -> None:
    """Raise BytesRefusedError, starting with ``what``, unless Keras can open the file without running its code.

    Refused are members with paths that lead out, duplicate or encrypted members, excessive unpacked sizes, weights that
    ``check_weights`` refuses, classes other than those of Keras and installed plugins, layers with code, and
    vocabularies and other options that are files.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive, path, what)
            config = parse_json(archive.read(_CONFIG), f"{what}: {_CONFIG}", _DEEPEST)
            packages = _packages()
            for named in classes_in(config):
                _check_class(named, packages, what)
            with archive.open(_WEIGHTS) as stream, tempfile.TemporaryFile() as weights:
                shutil.copyfileobj(stream, weights, 2**20)
                check_weights(weights, what, name=f"{path.name}/{_WEIGHTS}")
    except (OSError, KeyError, ValueError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile) as error:
        raise BytesRefusedError(f"{what} is not a Keras model ({error})", "replace the file, or train again") from error


def _check_members(archive: zipfile.ZipFile, path: Path, what: str) -> None:
    members = archive.infolist()
    names = [each.filename for each in members]
    if len(names) > _MOST_MEMBERS or len(set(names)) != len(names):
        raise _refused(what, "has too many members, or two with the same name")
    for member in members:
        place = PurePosixPath(member.filename)
        if place.is_absolute() or ".." in place.parts or "\\" in member.filename or ":" in member.filename:
            raise _refused(what, f"has a member {member.filename!r}, which leads out of it")
        if member.flag_bits & _ENCRYPTED or stat.S_ISLNK(member.external_attr >> 16):
            raise _refused(what, f"has a member {member.filename!r} that is encrypted or a link")
    if sum(each.file_size for each in members) > _RATIO * path.stat().st_size:
        raise _refused(what, "unpacks to far more bytes than it has")
    if archive.getinfo(_CONFIG).file_size > _MOST_CONFIG:
        raise _refused(what, f"has a {_CONFIG} of more than {_MOST_CONFIG:,} bytes")


def classes_in(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every configuration object with a class name, at any depth."""
    waiting = [config]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if "class_name" in each:
                yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _check_class(named: dict[str, Any], packages: tuple[str, ...], what: str) -> None:
    name, module, config = named["class_name"], named.get("module"), named.get("config")
    if not isinstance(name, str):
        raise _refused(what, f"contains {name!r:.80}, which is not a class name")
    package, _, registered = str(named.get("registered_name")).rpartition(">")  # Keras looks this name up first
    shown = f"{module}.{name}" if module else f"{name}"
    for each in (name, registered):
        if each in CODE_LAYERS:
            raise _refused(what, f"has the layer {shown}, which contains {CODE_LAYERS[each]}")
    is_of_plugin = isinstance(module, str) and _is_within(module, packages) and package != "keras_hub"
    options = config if isinstance(config, dict) and not is_of_plugin else {}
    for option in FILE_OPTIONS:
        if isinstance(options.get(option), str):
            raise _refused(what, f"has a {name} with the file {options[option]!r} as {option}")
    if not _is_name(name) or (name == "function" and not _is_name(config)):
        wrong = config if name == "function" else name
        raise _refused(what, f"contains {wrong!r:.80}, which is not a class name")
    if module is None or (module == "builtins" and name == "function") or (module == "keras" and name in _TOP):
        return
    if not (isinstance(module, str) and _is_within(module, (*_KERAS, *packages))):
        raise _refused(what, f"contains {shown}, a class of neither Keras nor an installed plugin")


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier()


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(f"{module}.".startswith(f"{each}.") for each in packages)


def _packages() -> tuple[str, ...]:
    """Return the packages of installed plugins, including tlzoo."""
    return tuple({each.module.partition(".")[0] for each in metadata.entry_points(group="tlzoo.plugins")})


def _refused(what: str, why: str) -> BytesRefusedError:
    return BytesRefusedError(f"{what} {why}", "use a file written by tlzoo, or train again")
