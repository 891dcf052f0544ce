"""``tlzoo predict``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tlzoo.cli.arguments.numbers import share
from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.marked_text import print_marked
from tlzoo.cli.output import note, print_json, print_line, print_table
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.results import percent
from tlzoo.cli.streams import results
from tlzoo.errors import UsageError

EXAMPLE = """\
tlzoo predict RUN photo.jpg other.png
tlzoo predict RUN photos/ --coverage 90%     # sets of labels that contain the true one in 90 % of the cases
tlzoo predict RUN photos/ --json             # all images in a folder; also globs and http(s) URLs
tlzoo predict RUN - < photo.jpg              # an image from standard input, or one text per line
tlzoo predict RUN "a fine book" "a waste of time"
tlzoo predict RUN -- "-1 star"               # a text that begins with -
tlzoo predict RUN --file new-reviews.csv
tlzoo predict RUN 0 1 2                     # seeds, if the run's trainer takes them
tlzoo predict RUN 7 --video answer.gif
tlzoo predict RUN "Dear Sir," -P temperature=0.8   # a text, shown as it is written
tlzoo predict RUN scans/ --out masks/        # a mask for each image, if the run learned from masks"""

_LONGEST = 60
_MANY = 200
"""With fewer inputs, prediction is too fast to report its duration."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run and the inputs, or a file with the inputs."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    parser.add_argument(
        "inputs",
        nargs="*",
        metavar="INPUT",
        help="path of an image, folder or glob of images, or http(s) URL; a text (two per sample for a run on pairs); "
        "an input for the plugin that trained the run, such as a seed; or - for standard input",
    )
    parser.add_argument(
        "--file",
        metavar="FILE",
        help="read inputs from a text file (one per line; - is standard input) or a table (FILE.csv?text=COLUMN)",
    )
    parser.add_argument(
        "--runtime",
        metavar="NAME",
        help="tensorflow or an exported format such as litert; default: an exact file in RUN/exports/ if there is one",
    )
    parser.add_argument("--offline", action="store_true", help="do not download anything (also TLZOO_OFFLINE=1)")
    parser.add_argument(
        "--video", type=Path, metavar="FILE", help="write a video of one input, if the trainer supports it"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="write predictions that are files, such as masks, into this folder"
    )
    parser.add_argument(
        "-P",
        dest="options",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="option of the trainer's predictions, such as temperature=0.8 for generated texts",
    )
    parser.add_argument(
        "--coverage",
        type=share,
        metavar="P%",
        help="add a label set that contains the true class with this probability, or intervals of numbers: 90%%",
    )
    add_trust_argument(parser)
    common_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Predict and print a label or marked spans for each input; return 1 if an input could not be read."""
    if bool(arguments.inputs) == bool(arguments.file):
        raise UsageError("predict needs inputs", "give them after the run, or use --file")
    if "-" in arguments.inputs and len(arguments.inputs) > 1:
        raise UsageError("- reads all inputs from standard input, but other inputs are given too", "give - alone")
    from tlzoo.artifacts import using
    from tlzoo.runs import Run, inputs_from_file, parse_options
    from tlzoo.runs.results.trainer_answers import stream_by_trainer, streams_texts

    options = parse_options(arguments.options)
    run = Run(arguments.run_folder)
    file = "-" if arguments.inputs == ["-"] else arguments.file
    inputs = inputs_from_file(run, file) if file else arguments.inputs
    progress = progress_for(quiet=arguments.quiet, brief=len(inputs) < _MANY)
    notes = progress_for(quiet=arguments.quiet)
    with trust_settings(arguments, notes), using(offline=arguments.offline or None):
        others = (arguments.video, arguments.out, arguments.runtime, arguments.coverage)
        if not arguments.json and all(each is None for each in others) and streams_texts(run):
            _print_stream(inputs, stream_by_trainer(run, inputs, notes, options))
            return 0
        answers = run.predict(
            inputs,
            video=arguments.video,
            runtime=arguments.runtime,
            out=arguments.out,
            options=options,
            coverage=arguments.coverage,
            progress=progress,
        )
    failed = [each for each in answers if "error" in each]
    if arguments.json:
        print_json(answers)
    elif marked := [each for each in answers if isinstance(each.get("spans"), list)]:
        print_marked(marked, quiet=arguments.quiet)
    elif rows := [(_shown(each["input"]), _cells(each)) for each in answers if "error" not in each]:
        columns = list(dict.fromkeys(name for _, cells in rows for name in cells))
        lines = [(shown, *(cells.get(name, "") for name in columns)) for shown, cells in rows]
        print_table(("input", *columns), lines, right=columns if "predictions" in answers[0] else columns[1:])
    for each in failed:
        whole = each["input"] if isinstance(each["input"], str) else _shown(each["input"])
        note(f"tlzoo: {whole if whole.strip() else repr(whole)}: {each['error']}")
    return 1 if failed else 0


def _print_stream(inputs: Sequence[Any], pieces: Iterable[tuple[int, str]]) -> None:
    """Print pieces of texts as they are produced; with several inputs, each text is below its input."""
    begun = 0
    for position, piece in pieces:
        begun = _print_inputs(inputs, begun, position + 1)
        print_line(piece, end="")
        results().flush()
    _print_inputs(inputs, begun, len(inputs))
    print_line()


def _print_inputs(inputs: Sequence[Any], begun: int, end: int) -> int:
    """Print the inputs from ``begun`` to ``end``, if there are several; return ``end``."""
    if len(inputs) > 1:
        for position in range(begun, end):
            print_line(("\n" if position else "") + f"> {_shown(inputs[position])}")
    return end


def _shown(each: Any) -> str:
    """Return an input on one line: a path in full, a long text shortened."""
    if isinstance(each, str) and os.path.exists(each):  # noqa: PTH110 - False for a text that cannot be a path
        return each
    if isinstance(each, int) or (isinstance(each, list) and not all(isinstance(part, str) for part in each)):
        return str(each)
    text = " | ".join([each] if isinstance(each, str) else each).replace("\n", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _cells(answer: Mapping[str, Any]) -> dict[str, str]:
    """Return the table cells of a prediction, by column. Lists and mappings are skipped if there are other values."""
    if "predictions" in answer:
        ends = {name: f" ({low:.6g} to {high:.6g})" for name, (low, high) in answer.get("intervals", {}).items()}
        return {name: f"{value:.6g}{ends.get(name, '')}" for name, value in answer["predictions"].items()}
    if "label" in answer:
        sets = {"set": ", ".join(answer["set"]) or "none"} if "set" in answer else {}
        return {"label": answer["label"], "probability": percent(max(answer["probabilities"].values())), **sets}
    if "labels" in answer:
        odds = ", ".join(percent(answer["probabilities"][name]) for name in answer["labels"])
        return {"labels": ", ".join(answer["labels"]) or "none", "probabilities": odds}
    values = {name: value for name, value in answer.items() if name != "input"}  # from a plugin's task or trainer
    single = {name: value for name, value in values.items() if not isinstance(value, list | Mapping)}
    return {
        name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in (single or values).items()
    }
