"""``tlzoo serve``."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.cli.arguments.trust import add_trust_argument, trust_settings
from tlzoo.cli.output import note, print_line
from tlzoo.cli.parsing import common_arguments
from tlzoo.cli.progress import progress_for
from tlzoo.cli.streams import results

if TYPE_CHECKING:
    from tlzoo.runs.serving.server import Server

EXAMPLE = """\
tlzoo serve RUN
tlzoo serve RUN --port 9000 --workers 2 --runtime onnx
curl http://127.0.0.1:8000/predict -F file=@photo.jpg
curl http://127.0.0.1:8000/predict -H 'Content-Type: application/json' -d '{"inputs": ["a fine book"]}'"""

_METAVARS = {
    "host": "ADDRESS",
    "allowed_hosts": "NAMES",
    "runtime": "NAME",
    "name": "NAME",
    "max_wait": "MS",
    "max_body": "MB",
    "timeout": "S",
}
_TICK = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the run, and an option for each field of ``ServerOptions``."""
    from tlzoo.runs.serving.options import ServerOptions

    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of a finished run")
    for name, field in ServerOptions.model_fields.items():
        kind: Any = field.annotation
        shown = f"; default: {field.default:g}" if isinstance(field.default, int | float) else ""
        shown = f"; default: {field.default}" if isinstance(field.default, str) and field.default else shown
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=kind,
            default=field.default,
            metavar=_METAVARS.get(name, "N"),
            help=f"{field.description}{shown}",
        )
    add_trust_argument(parser)
    common_arguments(parser, json=False)


def run(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM or Ctrl-C; print the URL once the server takes requests."""
    from tlzoo.runs import Run
    from tlzoo.runs.serving.options import ServerOptions
    from tlzoo.runs.serving.serve_run import serve_run

    options = ServerOptions.checked(**{name: getattr(arguments, name) for name in ServerOptions.model_fields})
    progress = progress_for(quiet=arguments.quiet)
    with _graceful(quiet=arguments.quiet) as running:
        with trust_settings(arguments, progress):
            server = serve_run(Run(arguments.run_folder), options, progress)
        running.append(server)
        print_line(server.url)
        results().flush()
        note(f"serving {arguments.run_folder}; Ctrl-C stops it after the running requests", quiet=arguments.quiet)
        while not server.wait(_TICK):
            pass


@contextmanager
def _graceful(*, quiet: bool) -> Iterator[list[Server]]:
    """Yield a list for the server, which SIGTERM and Ctrl-C stop gracefully.

    Before the server runs, and at the second Ctrl-C, they interrupt the command.
    """
    running: list[Server] = []

    def stop(number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if not running:
            raise KeyboardInterrupt
        note(f"{signal.Signals(number).name}: finishing the running requests", quiet=quiet)
        running[0].stop()

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield running
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
