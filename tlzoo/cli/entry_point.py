"""Run one command, and turn its errors into one line and an exit code."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tlzoo.errors import TlzooError

from .commands import Command
from .quiet_import import quiet_tensorflow
from .streams import command_streams, discard, notes, results

_FAILED, _INTERRUPTED = 1, 130
_FIXES: Mapping[int, str] = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "choose a writable folder",
    errno.ENOSPC: "free some space, or choose another disk",
    errno.EDQUOT: "free some space, or choose another disk",
    errno.EMFILE: "raise the limit on open files (`ulimit -n`)",
    errno.ENOTDIR: "choose another folder",
    errno.ENAMETOOLONG: "use a shorter name",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see ``tlzoo --help``.

    Args:
        argv: Words after ``tlzoo``. None: those of this process.

    Returns:
        The exit code.
    """
    from .parsing import parse

    return _run(parse, argv)


def main_of(name: str, summary: str, program: Command, argv: Sequence[str] | None = None) -> int:
    """Run the program of a plugin like a command of tlzoo.

    Args:
        name: Name of the program on the command line.
        summary: One-line summary.
        program: Module with the interface of a command: ``EXAMPLE``, ``add_arguments`` and ``run``.
        argv: Words after the name. None: those of this process.

    Returns:
        The exit code.
    """
    from .parsing import parse_program

    return _run(partial(parse_program, name, summary, program), argv)


def _run(parse: Callable[[Sequence[str]], argparse.Namespace], argv: Sequence[str] | None) -> int:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    arguments = list(sys.argv[1:] if argv is None else argv)
    shown = "--traceback" in arguments
    with command_streams(), quiet_tensorflow():
        try:
            return _parsed_and_run(parse, arguments)
        except TlzooError as error:
            return _say(str(error), error.exit_code, shown=shown)
        except KeyboardInterrupt as error:
            return _say(str(error) or "interrupted", _INTERRUPTED, shown=shown)
        except BrokenPipeError:
            discard(results())  # the reader closed the pipe
            return 0
        except OSError as error:
            return _say(_explained(error), _FAILED, shown=shown)
        except SystemExit:  # from the parser, after help or wrong usage
            raise
        except BaseException as error:  # noqa: BLE001 - one line for any error of a plugin or a library
            return _say(*_unexpected(error), shown=shown)


def _parsed_and_run(parse: Callable[[Sequence[str]], argparse.Namespace], arguments: Sequence[str]) -> int:
    try:
        parsed = parse(arguments)
        _show_warnings_on_one_line()
        return _run_command(parsed)
    finally:
        results().flush()


def _run_command(parsed: argparse.Namespace) -> int:
    try:
        return int(parsed.run(parsed) or 0)
    except SystemExit as error:  # only code of a plugin or library does this; it must not exit silently
        raise TlzooError(
            f"a plugin or library exited the command (SystemExit: {error.code})", "use --traceback to see where"
        ) from error


def _unexpected(error: BaseException) -> tuple[str, int]:
    """Return the message and the exit code of an unexpected error."""
    from tlzoo.plugins.plugin_errors import plugin_error

    of_plugin = plugin_error(error)
    if of_plugin is not None:
        return str(of_plugin), of_plugin.exit_code
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return f"{said}; this should not happen: `--traceback` shows where", _FAILED


def _explained(error: OSError) -> str:
    """Return the message of a system error, with the file and a fix. It is not a bug of the program."""
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    fix = _own_folder(where) or _FIXES.get(error.errno or 0)
    return f"{where}{error.strerror or error or type(error).__name__}" + (f"; {fix}" if fix else "")


def _own_folder(where: str) -> str | None:
    """Return how to choose another folder, if the settings or cache folder failed."""
    from tlzoo.files.folders import cache_path, settings_path

    for variable, folder in (("TLZOO_SETTINGS", settings_path()), ("TLZOO_CACHE", cache_path())):
        if where.startswith(folder):
            return f"set {variable} to a writable folder"
    return None


def _say(message: str, code: int, *, shown: bool) -> int:
    if shown:
        import traceback

        notes().write(traceback.format_exc())
    notes().write(f"tlzoo: {' '.join(message.split())}\n")
    return code


def _show_warnings_on_one_line() -> None:
    import warnings

    def one_line(message: Warning | str, category: type[Warning], *_place: object, **_named: object) -> str:
        return f"tlzoo: warning: {message}\n" if category is FutureWarning else f"{category.__name__}: {message}\n"

    warnings.formatwarning = one_line
