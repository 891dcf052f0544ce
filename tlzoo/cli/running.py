"""Runs one command: its errors as one line and an exit code each."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

from tlzoo.errors import TlzooError

from .commands import Command

_FAILED, _INTERRUPTED = 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: see ``tlzoo --help``."""
    from .parsing import parse

    return _run(parse, argv)


def main_of(name: str, summary: str, program: Command, argv: Sequence[str] | None = None) -> int:
    """Run a plugin's own program, ``name`` on the command line, as a command is run; return its exit code.

    ``program`` is a module with what modules of commands have: ``EXAMPLE``, ``add_arguments`` and ``run``.
    """
    from .parsing import parse_program

    return _run(partial(parse_program, name, summary, program), argv)


def _run(parse: Callable[[Sequence[str]], argparse.Namespace], argv: Sequence[str] | None) -> int:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    arguments = list(sys.argv[1:] if argv is None else argv)
    shown = "--traceback" in arguments
    try:
        parsed = parse(arguments)
        _show_warnings_on_one_line()
        code = parsed.run(parsed) or 0
        sys.stdout.flush()
    except TlzooError as error:
        if shown:
            raise
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt as error:
        if shown:
            raise
        return _say(str(error) or "interrupted", _INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has enough. Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if shown:
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split())
        return _say(f"{said}; this should not happen: `--traceback` shows where", _FAILED)
    return int(code)


def _say(message: str, code: int) -> int:
    sys.stderr.write(f"tlzoo: {' '.join(message.split())}\n")
    return code


def _show_warnings_on_one_line() -> None:
    import warnings

    def one_line(message: Warning | str, category: type[Warning], *_place: object, **_named: object) -> str:
        return f"tlzoo: warning: {message}\n" if category is FutureWarning else f"{category.__name__}: {message}\n"

    warnings.formatwarning = one_line
