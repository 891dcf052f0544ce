"""Load an inspected SavedModel: TensorFlow gets the canonical bytes, from a private folder."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tlzoo.errors import BytesRefusedError, EntryError
from tlzoo.files.atomic import temporary_folder
from tlzoo.files.folders import cache_folder

from .inspection import Inspected, inspect
from .reading import FILE, open_regular
from .trial import require_trial

__all__ = ["keep_inspected", "load_inspected", "private_copy"]


def load_inspected(folder: Path, *, what: str) -> Any:
    """Inspect the SavedModel in a folder, load it with TensorFlow, and return the loaded object.

    Exactly the inspected program is loaded: ``saved_model.pb`` is read once, and TensorFlow gets its canonical bytes,
    without the parts that loading does not need.

    Args:
        folder: The folder with ``saved_model.pb``.
        what: Start of every message: an entry's id, or a run, then a colon and a name.

    Raises:
        BytesRefusedError: If it is not a SavedModel, its program is refused, or the second wall stopped it.
        EntryError: If TensorFlow cannot load it, or it needs tensorflow-text, which is not installed.
    """
    inspected = inspect(folder, what)
    _import_text_operations(inspected, what)
    import tensorflow as tf

    stack = contextlib.ExitStack()
    with stack:
        copy = stack.enter_context(private_copy(folder, inspected, what))
        if not inspected.trusted:
            require_trial(copy, inspected, what)
        with _quiet():
            try:
                loaded = tf.saved_model.load(str(copy))
            except Exception as error:  # TensorFlow raises various exceptions
                first = (str(error).strip().splitlines() or [""])[0]
                raise EntryError(
                    f"{what}: TensorFlow cannot load it: {type(error).__name__}: {first}",
                    "download it again, or use another module",
                ) from error
        if inspected.assets:
            _keep_until_exit(stack.pop_all())
    return loaded


def keep_inspected(folder: Path, *, what: str) -> Path:
    """Return a folder with the SavedModel as ``load_inspected`` passes it to TensorFlow; it lasts until exit."""
    inspected = inspect(folder, what)
    with contextlib.ExitStack() as stack:
        copy = stack.enter_context(private_copy(folder, inspected, what))
        if not inspected.trusted:
            require_trial(copy, inspected, what)
        _keep_until_exit(stack.pop_all())
    return copy


@contextlib.contextmanager
def private_copy(folder: Path, inspected: Inspected, what: str) -> Iterator[Path]:
    """Yield a new folder with the canonical bytes, copies of the assets, and links to the variables."""
    parent = cache_folder() / "opened"
    parent.mkdir(parents=True, exist_ok=True)
    variables = path = folder / "variables"
    if variables.is_symlink():
        raise BytesRefusedError(f"{what}: {variables} is a link", "replace it by the folder itself")
    with temporary_folder(parent / "module") as copy:
        (copy / FILE).write_bytes(inspected.data)
        (copy / "variables").mkdir()
        try:
            for path in sorted(variables.glob("variables*")):
                os.close(open_regular(path))
                _link(path, copy / "variables" / path.name)
            for name in inspected.assets:
                target = copy / "assets" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with os.fdopen(open_regular(folder / "assets" / name), "rb") as source, target.open("wb") as stream:
                    shutil.copyfileobj(source, stream)
        except OSError as error:
            raise BytesRefusedError(
                f"{what}: {error.filename or path} cannot be used: {error.strerror}", "replace it by the file itself"
            ) from error
        yield copy


def _link(source: Path, target: Path) -> None:
    """Hard-link a file, so that later changes of its folder have no effect; across file systems, link to its path."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        target.symlink_to(source.absolute())
    else:
        os.close(open_regular(target))


def _import_text_operations(inspected: Inspected, what: str) -> None:
    if not inspected.text_operations and not inspected.trusted:
        return
    try:
        import tensorflow_text  # noqa: F401 - registers its operations
    except ImportError as error:
        if not inspected.text_operations:
            return
        raise EntryError(
            f"{what}: it uses {', '.join(inspected.text_operations[:3])} of tensorflow-text, which is not installed",
            "pip install 'tlzoo[text-ops]'",
        ) from error


def _keep_until_exit(stack: contextlib.ExitStack) -> None:
    """Keep a folder until exit, as a loaded object may read its assets later; a forked process does not remove it."""
    process = os.getpid()
    atexit.register(lambda: stack.close() if os.getpid() == process else None)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hide TensorFlow's log lines on custom gradients and old formats, which a user cannot act on."""
    import logging

    logger = logging.getLogger("tensorflow")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
