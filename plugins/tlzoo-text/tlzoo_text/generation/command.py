"""The command ``python -m tlzoo_text.generation``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tlzoo.cli import common_arguments, print_json, print_line, progress_for
from tlzoo.errors import UsageError

__all__ = ["EXAMPLE", "add_arguments", "run"]

EXAMPLE = """\
python -m tlzoo_text.generation adapter RUN adapters/replies   # the adapter of a run, two small files
python -m tlzoo_text.generation complete kerashub/gpt2-base.en "Dear Sir," --adapter adapters/replies -P temperature=0.8
python -m tlzoo_text.generation export RUN presets/replies     # a preset of KerasHub, with adapters merged"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions with their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, what in (
        ("adapter", "write the adapter of a run"),
        ("export", "write the network of a run for KerasHub"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
        action.add_argument("folder", type=Path, metavar="FOLDER", help="folder to write")
        common_arguments(action)
    complete = actions.add_parser("complete", help="complete prompts")
    complete.add_argument("entry", metavar="ENTRY", help="a causal language model, such as kerashub/gpt2-base.en")
    complete.add_argument("prompts", nargs="+", metavar="PROMPT", help="the prompts")
    complete.add_argument("--adapter", type=Path, metavar="FOLDER", help="adapter of this entry")
    complete.add_argument(
        "--separator",
        metavar="TEXT",
        help="text between prompt and completion, for a model without --adapter (default: a line break)",
    )
    complete.add_argument(
        "--sequence-length", type=int, metavar="N", help="largest number of tokens of prompt and completion"
    )
    complete.add_argument(
        "-P", dest="options", action="append", default=[], metavar="KEY=VALUE", help="option of sampling; repeatable"
    )
    common_arguments(complete)


def run(arguments: argparse.Namespace) -> None:
    """Write an adapter or a preset, or print completions."""
    if arguments.action == "complete":
        _complete(arguments)
        return
    from tlzoo.runs import Run
    from tlzoo_text.generation.runs import export_preset, save_adapter

    progress = progress_for(quiet=arguments.quiet)
    if arguments.action == "adapter":
        card = save_adapter(Run(arguments.run_folder), arguments.folder, progress)
        found = {"path": str(arguments.folder)} | card.model_dump(mode="json")
    else:
        found = {"path": str(export_preset(Run(arguments.run_folder), arguments.folder, progress))}
    if arguments.json:
        print_json(found)
    else:
        print_line("\n".join(f"{name}  {value}" for name, value in found.items()))


def _complete(arguments: argparse.Namespace) -> None:
    from tlzoo.runs import parse_options
    from tlzoo_text.generation.adapters import load_generator
    from tlzoo_text.generation.sampling import Sampling

    sampling = Sampling().changed(parse_options(arguments.options))
    if arguments.adapter is not None and arguments.separator is not None:
        raise UsageError("an adapter has its own separator", "leave out --separator")
    generator = load_generator(
        arguments.entry,
        arguments.adapter,
        separator="\n" if arguments.separator is None else arguments.separator,
        sequence_length=arguments.sequence_length,
    ).with_sampling(sampling)
    found = [(each, generator.complete(each, number)) for number, each in enumerate(arguments.prompts)]
    if arguments.json:
        print_json(
            [
                {"input": each, "completion": one.text, "tokens": one.tokens, "stopped": one.stopped}
                for each, one in found
            ]
        )
        return
    for each, one in found:
        print_line((f"> {each}\n" if len(found) > 1 else "") + one.text)
