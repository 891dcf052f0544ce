"""Import TensorFlow without its log lines about the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["import_tensorflow", "quiet_tensorflow"]

_ASKED = "TF_CPP_MIN_LOG_LEVEL"
_TENSORFLOW = "tensorflow"


def import_tensorflow() -> None:
    """Import TensorFlow now. Within a command, ``quiet_tensorflow`` hides its log lines about the machine."""
    import tensorflow  # noqa: F401, ICN001 - imported for its effect


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Hide stderr while TensorFlow is imported, at any time within the block.

    Commands check names, options and files first; the import starts with the first code that needs it. TensorFlow's
    libraries log processors and missing GPUs before they read any setting. Set ``TF_CPP_MIN_LOG_LEVEL`` to see these
    lines. They are also shown if the import fails.
    """
    if _ASKED in os.environ or _TENSORFLOW in sys.modules:
        yield
        return
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        with suppress(ValueError):  # the finder removes itself when TensorFlow is imported
            sys.meta_path.remove(finder)


@final
class _Finder:
    """Finds TensorFlow like the other finders, and wraps its loader to hide stderr."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        del path, target
        if fullname != _TENSORFLOW:
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec: Any = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _QuietLoader(spec.loader)
        found: ModuleSpec | None = spec
        return found


@final
class _QuietLoader:
    """Loads a module with its own loader and lets it list devices, with stderr hidden."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._own.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        module.__loader__ = self._own
        os.environ[_ASKED] = "3"  # relevant errors are raised as exceptions
        try:
            with _held_back():
                self._own.exec_module(module)
                module.config.list_physical_devices()
                module.constant(0)
        finally:
            del os.environ[_ASKED]  # otherwise a child process would take it for the user's setting


@contextmanager
def _held_back() -> Iterator[None]:
    """Redirect the process's stderr to a file; on an error, write out its content."""
    import tempfile

    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # stderr is closed
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        except Exception:
            os.dup2(kept, 2)
            file.seek(0)
            sys.stderr.write(file.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
