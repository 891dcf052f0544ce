"""``model.keras``: the network as plain Keras saves it, with the names of the classes inside."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError
from tlzoo.files.atomic import atomic_write, temporary_folder

if TYPE_CHECKING:
    from tlzoo.export.contract import ServingModel

__all__ = ["export_keras", "needed_imports", "read_classes"]

_METADATA = "metadata.json"
"""Keras's own record in a ``.keras`` file, which is a zip archive: its version and the date."""
_CONFIG = "config.json"
_FOUND_BY_KERAS = {"builtins", "keras", "keras_hub"}
"""Packages whose classes Keras imports by itself when it loads a model."""


def export_keras(model: ServingModel, folder: Path) -> Path:
    """Write ``model.keras``: samples (N, …) to answers (N, C), readable by Keras without tlzoo.

    Where it has layers of tlzoo or a plugin, these have to be imported first: see ``needed_imports``.

    The names of the classes or targets are under ``"classes"`` in the file's ``metadata.json``, the kind of task under
    ``"task"``, needed imports under ``"imports"``. No layer of Keras takes them as a mere property: a ``StringLookup``
    would be run with every batch, need TensorFlow on every backend, and keep the model from XLA, ONNX and LiteRT. So
    ``read_classes`` reads them, or ``json`` and ``zipfile`` alone do; Keras drops them when it saves the model anew.
    """
    path = folder / "model.keras"
    folder.mkdir(parents=True, exist_ok=True)
    with temporary_folder(path) as temporary:
        plain = temporary / "model.keras"
        model.network.save(plain, include_optimizer=False)
        with atomic_write(path) as stream, zipfile.ZipFile(plain) as source, zipfile.ZipFile(stream, "w") as target:
            for member in source.infolist():
                if member.filename == _METADATA:
                    metadata = json.loads(source.read(member))
                    more = {"task": model.task.kind, "classes": list(model.classes), "imports": needed_imports(plain)}
                    target.writestr(member, json.dumps({**metadata, **more}))
                    continue
                with source.open(member) as origin, target.open(member, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(origin, copy, 2**20)
    return path


def read_classes(path: Path) -> tuple[str, ...]:
    """Return the names of the classes in a ``model.keras``, in the order of its outputs, without loading it.

    Raises RunError where the file is not one, or holds no names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            classes = json.loads(archive.read(_METADATA)).get("classes")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is not a Keras model: {error}") from error
    if not classes:
        raise RunError(f"{path} holds no names of classes", "it was not written by tlzoo, or was saved anew by Keras")
    return tuple(map(str, classes))


def needed_imports(path: Path) -> list[str]:
    """Return the modules to import before Keras can load a ``model.keras``: none if all of its layers are Keras's own.

    ``tlzoo.layers`` stands for all layers that it registers; a layer that no plugin names comes with its own module.
    """
    with zipfile.ZipFile(path) as archive:
        found = dict(_own_classes(json.loads(archive.read(_CONFIG))))
    if not found:
        return []
    from tlzoo.layers import names

    known = names()
    imports = {"tlzoo.layers" if name in known else module for name, module in found.items()}
    return sorted(imports, key=lambda module: (module != "tlzoo.layers", module))


def _own_classes(config: Any) -> Iterator[tuple[str, str]]:
    """Yield the registered name and the module of each class in a model's configuration that Keras does not find."""
    if isinstance(config, dict):
        name, module = config.get("registered_name"), config.get("module")
        if isinstance(name, str) and isinstance(module, str) and module.partition(".")[0] not in _FOUND_BY_KERAS:
            yield name, module
    for each in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from _own_classes(each)
