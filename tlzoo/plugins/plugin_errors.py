"""Errors in a plugin's code while a command or a function runs, reported with the plugin and the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, TypeVar, cast

from tlzoo.errors import PluginError, TlzooError

__all__ = ["naming_plugins", "plugin_error"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


def naming_plugins(function: _Function) -> _Function:
    """Return a public function whose unexpected errors become a PluginError, if a plugin's code raised them.

    The error has the same text as on the command line, and the original error as its cause. A generator's errors count
    wherever it is consumed.
    """

    @wraps(function)
    def named(*given: Any, **options: Any) -> Any:
        with _naming():
            return function(*given, **options)

    @wraps(function)
    def yielding(*given: Any, **options: Any) -> Iterator[Any]:
        with _naming():
            yield from function(*given, **options)

    return cast("_Function", yielding if isgeneratorfunction(function) else named)


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except (TlzooError, OSError, MemoryError):
        raise
    except Exception as error:
        of_plugin = plugin_error(error)
        if of_plugin is None:
            raise
        raise of_plugin from error


def plugin_error(error: BaseException) -> PluginError | None:
    """Return an error that names the plugin whose code raised ``error``; None if no plugin's code did.

    The plugin is blamed only if, among frames of tlzoo and plugins, its frame is the last in the traceback.
    """
    from traceback import walk_tb

    from tlzoo.error_lines import shown_line

    from .catalog import catalog

    try:
        plugins = catalog().plugins.values()
    except TlzooError:  # for example, an unreadable index
        return None
    names = {plugin.module.partition(".")[0]: plugin.name for plugin in plugins}
    steps = [
        (names[package], frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if (package := str(frame.f_globals.get("__name__")).partition(".")[0]) in names
    ]
    if not steps or steps[-1][0] == "tlzoo":
        return None
    name, file, number = steps[-1]
    return PluginError(f"plugin {name!r} raised {type(error).__name__}: {error}", f"see {shown_line(file, number)}")
