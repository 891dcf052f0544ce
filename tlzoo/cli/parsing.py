"""Parse the command line into a command and its arguments."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from tlzoo.errors import did_you_mean, nearest

from .commands import COMMANDS, Command
from .streams import results

_TAKES_A_SIGN = ("--sort",)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, with the command's function as ``run``; exit with 2 if they are wrong, 0 after help."""
    top = _top_parser()
    options, rest = top.parse_known_args(words[: _command_position(words)]), words[_command_position(words) :]
    known, unknown = options
    if unknown:
        top.refuse(unknown)
    if not rest:
        top.print_help()
        raise SystemExit(2)
    return _parse_command(top, rest[0], _joined(rest[1:]), known)


def parse_program(name: str, summary: str, program: Command, words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of a plugin's program, as ``parse`` does for commands of ``tlzoo``."""
    known = argparse.Namespace(no_plugins=False, traceback=False)
    return _parsed(name, summary, program, _joined(words), known)


def common_arguments(parser: argparse.ArgumentParser, *, json: bool = True, default: Any = False) -> None:
    """Add the arguments of all commands: ``--quiet`` and, unless ``json`` is false, ``--json``.

    Args:
        parser: Parser of a command.
        json: Whether the command supports ``--json``.
        default: ``argparse.SUPPRESS`` for an action of a command that has these arguments itself.
    """
    if json:
        what = "print the result as one JSON value on stdout"
        parser.add_argument("--json", action="store_true", default=default, help=what)
    parser.add_argument(
        "--quiet", action="store_true", default=default, help="do not print progress and notes on stderr"
    )


class _Parser(argparse.ArgumentParser):
    """Argument parser that reports errors in one line, like all errors of tlzoo."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.register("action", "parsers", _Actions)
        # argparse reads `-5` as a value but `-5m` as an option; no option of tlzoo starts with a digit.
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Exit with an error that names the unknown arguments and similar options."""
        options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
        near = nearest(options[0], self._option_string_actions) if options else []
        hint = ""
        if near:
            hint = f"; {did_you_mean(options[0], near)}"
        elif unknown[0].startswith("-") and any(each.nargs == "*" for each in self._get_positional_actions()):
            hint = f"; put -- before inputs that start with -: -- {unknown[0]!r}"
        self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")

    def print_help(self, file: Any = None) -> None:
        (results() if file is None else file).write(self.format_help())

    def refuse_glued_flags(self, words: Sequence[str]) -> None:
        """Reject words such as ``-horrible``, which argparse reads as ``-h`` and more."""
        for word in words[: words.index("--") if "--" in words else len(words)]:
            known = self._option_string_actions.get(word[:2])
            if known is not None and known.nargs == 0 and len(word) > 2 and not word.startswith("--"):  # noqa: PLR2004
                self.refuse([word])

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"tlzoo: {message}; see `{self.prog} --help`\n")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Computes the width itself: argparse makes a formatter per argument, and each would import shutil."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        """List the choices of an option with a placeholder in its help: argparse lists them only without one."""
        if action.choices is None or action.metavar is None or not action.help:
            return action.help
        return f"{action.help}; choices: {', '.join(map(str, action.choices))}"


class _Actions(argparse._SubParsersAction):  # type: ignore[type-arg]  # noqa: SLF001 - argparse has no public name
    """The actions of a command: the summary of each is also the description in its own help."""

    def add_parser(self, name: str, *, help: str | None = None, **options: Any) -> Any:  # noqa: A002 - argparse's name
        return super().add_parser(name, help=help, description=help and _sentence(help), **options)


def _columns() -> int:
    """Return the width as shutil does: from ``COLUMNS``, else from the terminal, else 80."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns or 80
    except (OSError, ValueError):
        return 80


def _top_parser() -> _Parser:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {summary}" for name, (_, summary) in COMMANDS.items())
    top = _Parser(
        prog="tlzoo",
        usage="tlzoo [--version] [--no-plugins] [--traceback] COMMAND …",
        description="Transfer learning with Keras on TensorFlow, with a zoo of pretrained backbones.",
        epilog=f"commands:\n{commands}\n\n`tlzoo COMMAND --help` shows a command's arguments and an example.",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    _global_arguments(top, default=False)
    return top


def _global_arguments(parser: argparse.ArgumentParser, *, default: Any) -> None:
    parser.add_argument("--no-plugins", action="store_true", default=default, help="do not load plugins")
    parser.add_argument("--traceback", action="store_true", default=default, help="show the traceback of an error")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        results().write(f"tlzoo {version('tlzoo')}\n")
        parser.exit()


def _parse_command(top: _Parser, name: str, words: list[str], known: argparse.Namespace) -> argparse.Namespace:
    if name not in COMMANDS:
        top.error(f"no command {name!r}; {did_you_mean(name, COMMANDS, valid='commands')}")
    place, summary = COMMANDS[name]
    module_name, _, attribute = place.partition(":")
    command: Any = import_module(f"tlzoo.cli.commands.{module_name}")
    command = getattr(command, attribute) if attribute else command
    return _parsed(f"tlzoo {name}", summary, command, words, known)


def _parsed(
    program: str, summary: str, command: Command, words: list[str], known: argparse.Namespace
) -> argparse.Namespace:
    parser = _Parser(
        prog=program,
        description=_sentence(summary),
        epilog=f"example:\n{_indented(command.EXAMPLE)}",
        formatter_class=_Formatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    _global_arguments(parser, default=argparse.SUPPRESS)
    parser.refuse_glued_flags(words)
    parsed, unknown = parser.parse_known_args(words, known)
    if unknown:
        parser.refuse(unknown)
    parsed.run = command.run
    if parsed.no_plugins:
        from tlzoo.plugins import use_no_plugins

        use_no_plugins()
    return parsed


def _command_position(words: Sequence[str]) -> int:
    return next((index for index, word in enumerate(words) if not word.startswith("-")), len(words))


def _joined(words: Sequence[str]) -> list[str]:
    """Join ``--sort -params`` into one word: argparse reads words that start with a hyphen as options."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _TAKES_A_SIGN and word.startswith("-") and not word.startswith("--"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())
