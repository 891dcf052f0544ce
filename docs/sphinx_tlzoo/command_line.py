"""The command line, made from the parsers of its commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module

from tlzoo.cli.commands import COMMANDS, Command

from .markdown import code, sentence, table, text

__all__ = ["command_line", "parsers"]

_COMMON = ("--help", "--json", "--quiet")
"""Options that the page describes once."""


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield the name of each command and of each of its actions with its parser, and its example or nothing."""
    for name, (place, summary) in COMMANDS.items():
        module, _, attribute = place.partition(":")
        loaded = import_module(f"tlzoo.cli.commands.{module}")
        command: Command = getattr(loaded, attribute) if attribute else loaded
        parser = argparse.ArgumentParser(prog=f"tlzoo {name}", description=summary)
        command.add_arguments(parser)
        yield name, parser, command.EXAMPLE.strip()
        for action in _actions(parser):
            for called, below in action.choices.items():
                below.description = {each.dest: each.help for each in action._choices_actions}[called]  # noqa: SLF001
                yield f"{name} {called}", below, ""


def command_line() -> str:
    """Return a section for each command, and one below it for each of its actions."""
    return "\n\n".join(_section(*each) for each in parsers())


def _section(name: str, parser: argparse.ArgumentParser, example: str) -> str:
    parts = [f"{'##' if ' ' not in name else '###'} tlzoo {name}", sentence(parser.description or "")]
    arguments = [each for each in parser._actions if not set(each.option_strings) & {*_COMMON, "-h"}]  # noqa: SLF001
    arguments = [each for each in arguments if not isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001
    if arguments:
        parts.append(table(("argument", "meaning"), ((_usage(each), _meaning(each)) for each in arguments)))
    if any("--json" in each.option_strings for each in parser._actions):  # noqa: SLF001
        parts.append("Also `--json` and `--quiet`.")
    if example:
        parts.append(f"```text\n{example}\n```")
    return "\n\n".join(parts)


def _actions(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction]:  # type: ignore[type-arg]
    return [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001


def _usage(action: argparse.Action) -> str:
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    value = {"*": f"[{metavar} …]", "+": f"{metavar} …", "?": f"[{metavar}]", 0: ""}.get(
        1 if action.nargs is None else action.nargs, metavar
    )
    return code(f"{', '.join(action.option_strings)} {value}".strip())


def _meaning(action: argparse.Action) -> str:
    said = text(action.help % {"default": action.default, "prog": "tlzoo"}) if action.help else ""
    return f"{said}; one of {', '.join(code(str(each)) for each in action.choices)}" if action.choices else said
