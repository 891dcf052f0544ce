"""``model.keras``: the network in Keras's format, with the names of the classes."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from tlzoo.errors import RunError
from tlzoo.export.contract import Arrays, Exporter, Runtime
from tlzoo.files.atomic import atomic_write, temporary_folder

if TYPE_CHECKING:
    from tlzoo.export.contract import ServingModel

__all__ = ["KerasFormat", "export_keras", "needed_imports", "read_classes", "read_task"]

_METADATA = "metadata.json"
"""Keras's metadata in a ``.keras`` file, a zip archive: version and date."""
_CONFIG = "config.json"
_FOUND_BY_KERAS = {"builtins", "keras", "keras_hub"}
"""Packages with classes that Keras imports by itself when it loads a model."""


@final
class KerasFormat(Exporter):
    """Keras's own format, ``model.keras``: from prepared samples to predictions, for Keras with TensorFlow."""

    name: ClassVar[str] = "keras"
    of_run: ClassVar[bool] = True
    takes_text: ClassVar[bool] = True

    def export(self, model: ServingModel, samples: Arrays, folder: Path) -> Path:  # noqa: ARG002 - not quantized
        """Write ``model.keras``."""
        return export_keras(model, folder)

    def open(self, path: Path, threads: int) -> Runtime:  # noqa: ARG002 - see the worker
        """Load the file with Keras, which refuses code in it."""
        import keras
        import tensorflow as tf

        import tlzoo.layers  # noqa: F401 - the model may have layers of plugins

        network = keras.models.load_model(path, compile=False)
        predict = tf.function(network, autograph=False, reduce_retracing=True)
        return lambda inputs: np.asarray(predict(*map(tf.constant, inputs.values())))

    def usage(self, file: str) -> str:
        """Return lines of Python."""
        return f"""\
import keras
import tlzoo.layers  # only if the model has layers of tlzoo: see `imports` in card.json

model = keras.models.load_model({file!r})
predictions = model.predict(inputs["samples"])"""


def export_keras(model: ServingModel, folder: Path) -> Path:
    """Write ``model.keras``: samples (N, …) to predictions (N, C), readable by Keras without tlzoo.

    If it contains layers of tlzoo or a plugin, these have to be imported first; see ``needed_imports``.

    The names of the classes or targets are under ``"classes"`` in ``metadata.json`` of the file, the kind of task under
    ``"task"``, and needed imports under ``"imports"``. No Keras layer can store names only: a ``StringLookup`` would
    run in every batch, need TensorFlow on every backend, and prevent XLA, ONNX and LiteRT. Read the names with
    ``read_classes``, or with ``json`` and ``zipfile``. Keras drops them when it saves the model again.

    Args:
        model: The trained network.
        folder: Run folder.

    Returns:
        Path of the file.
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
    """Return the names of the classes in a ``model.keras``, without loading it.

    Args:
        path: The file.

    Returns:
        Names in the order of the model's outputs.

    Raises:
        RunError: If the file is not a Keras model, or has no names.
    """
    return read_task(path)[1]


def read_task(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the kind of task and the names of the classes or targets in a ``model.keras``, without loading it.

    Args:
        path: The file.

    Returns:
        Kind, and names in the order of the model's outputs.

    Raises:
        RunError: If the file is not a Keras model, or has no names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            metadata = json.loads(archive.read(_METADATA))
        classes = metadata.get("classes")
    except (OSError, KeyError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise RunError(f"{path} is not a Keras model: {error}") from error
    if not isinstance(classes, list) or not classes:
        raise RunError(
            f"{path} has no names of classes: it was not written by tlzoo, or was saved again by Keras",
            "use the original file",
        )
    return str(metadata.get("task")), tuple(map(str, classes))


def needed_imports(path: Path) -> list[str]:
    """Return the modules to import before Keras can load a ``model.keras``.

    ``tlzoo.layers`` stands for all layers that it registers; other layers are listed with their own modules.

    Args:
        path: The file.

    Returns:
        Names of modules; empty if all layers are Keras's own.
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
    """Yield the registered name and the module of each class in a model's configuration that Keras cannot find."""
    if isinstance(config, dict):
        name, module = config.get("registered_name"), config.get("module")
        if isinstance(name, str) and isinstance(module, str) and module.partition(".")[0] not in _FOUND_BY_KERAS:
            yield name, module
    for each in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from _own_classes(each)
