"""Trial of a SavedModel in a child process behind the second wall, before this process loads it.

The child loads the canonical bytes and calls each signature once. Access to other files, sockets or programs is denied
there. A passed trial is recorded by hash in the cache, so that it runs only once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tlzoo.artifacts.settings import settings
from tlzoo.errors import BytesRefusedError
from tlzoo.files.folders import cache_folder

from .inspection import Inspected, inspect
from .reading import FILE
from .wall import landlock_version, raise_wall, system_folders

__all__ = ["is_remembered", "remember", "require_trial"]

SWITCH = "TLZOO_SECOND_WALL"
"""``off`` in this environment variable skips the trial."""
_SECONDS = 300
_DENIED = 4
_said = False
_harmless: set[Path] = set()


def require_trial(copy: Path, inspected: Inspected, what: str) -> None:
    """Try a SavedModel in a child process, unless these bytes passed before.

    ``copy`` is the private folder to be loaded next. Raises BytesRefusedError if the second wall stopped it. If there
    is no second wall, or the child could not run, a note is printed.
    """
    if os.environ.get(SWITCH, "").lower() in {"off", "0", "no"}:
        return
    passed = _passed(inspected, copy / "assets")
    if passed.exists():
        return
    if not landlock_version():
        _note(f"{what}: this system has no second wall (Landlock), so only inspection protects this machine")
        return
    settings().progress.note(f"{what}: first loading it behind the second wall …")
    code, said = _run(copy, inspected)
    if code == _DENIED or code < 0:
        reason = said or f"its process ended with signal {-code}"
        raise BytesRefusedError(
            f"{what}: the SavedModel was stopped by the second wall: {reason}",
            "do not use it; report it to its publisher",
        )
    if code:
        _note(f"{what}: the trial behind the second wall failed: {said}")
    else:
        _touch(passed)


def remember(folder: Path, what: str) -> None:
    """Record that a SavedModel written by this process needs no trial."""
    with contextlib.suppress(BytesRefusedError):  # reported when it is loaded
        inspected = inspect(folder, what)
        _touch(_passed(inspected, folder / "assets"))
        if not inspected.trusted:
            _harmless.add(folder.resolve())


def is_remembered(folder: Path) -> bool:
    """Return whether this process wrote the SavedModel in a folder, with no operation that needs trust."""
    return folder.resolve() in _harmless


def _passed(inspected: Inspected, assets: Path) -> Path:
    """Return the file that records a passed trial of these bytes."""
    digest = hashlib.sha256(inspected.data)
    for name in inspected.assets:
        digest.update(hashlib.sha256((assets / name).read_bytes()).digest())
    return cache_folder() / "trials" / digest.hexdigest()


def _touch(path: Path) -> None:
    with contextlib.suppress(OSError):  # then the next process runs its own trial
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _run(copy: Path, inspected: Inspected) -> tuple[int, str]:
    """Return the exit code of the child, and its last line of output."""
    text = ["text"] if inspected.text_operations else []
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-P", "-m", __name__, str(copy), *text]
    try:
        done = subprocess.run(  # noqa: S603 - this Python, with this module
            command, env=environment, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return done.returncode, ascii(lines[-1])[1:-1][:300] if lines else ""


def _note(text: str) -> None:
    """Print a note once per process."""
    global _said  # noqa: PLW0603 - as the warnings of Python do
    if not _said:
        _said = True
        settings().progress.note(text)


def _try(folder: Path, *, text: bool) -> int:
    """Load and call the SavedModel in a folder behind the wall; return the child's exit code."""
    import tensorflow as tf

    if text:
        import tensorflow_text  # noqa: F401 - registers its operations
    tempfile.tempdir = str(folder)  # a name only: nothing is written
    raise_wall([*system_folders(), folder, *(each.resolve() for each in (folder / "variables").iterdir())])
    try:
        loaded = tf.saved_model.load(str(folder))
        for function in loaded.signatures.values():
            _call(function)
    except (PermissionError, tf.errors.PermissionDeniedError) as error:
        said = str(error).splitlines()
        sys.stderr.write(f"\n{next((each for each in said if 'denied' in each), said[0])}\n")
        return _DENIED
    return 0


def _call(function: Any) -> None:
    """Call a signature with zeros and empty texts. An error in its computation does not matter here."""
    import tensorflow as tf

    with contextlib.suppress(ValueError, TypeError, tf.errors.OpError):
        try:
            function(**{name: _sample(each) for name, each in function.structured_input_signature[1].items()})
        except tf.errors.PermissionDeniedError as error:
            raise PermissionError(str(error)) from error


def _sample(specification: Any) -> Any:
    import tensorflow as tf

    sizes: Sequence[int | None] = specification.shape.as_list() if specification.shape.rank else []
    shape = [1 if each is None else each for each in sizes]
    return tf.fill(shape, "") if specification.dtype == tf.string else tf.zeros(shape, specification.dtype)


if __name__ == "__main__":
    assert (Path(sys.argv[1]) / FILE).is_file()
    sys.exit(_try(Path(sys.argv[1]), text="text" in sys.argv[2:]))
