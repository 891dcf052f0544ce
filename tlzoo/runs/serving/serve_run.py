"""Start the server of a run: in this process, or in several worker processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tlzoo.runs.serving.options import ServerOptions
from tlzoo.runs.serving.server import Server, ThreadServer, bound_socket, require_packages

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run

__all__ = ["serve_run"]


def serve_run(run: Run, options: ServerOptions, progress: Progress) -> Server:
    """Return a running server for a finished run.

    The address is bound first, so that a port in use is reported at once; it listens when the model is loaded.

    Args:
        run: The run.
        options: Address and limits.
        progress: Receives notes, and a line for each unexpected error.

    Raises:
        PluginError: If the packages of the server or of the runtime are not installed.
        RunError: If the address is in use, or the run has no model that can be served.
        UsageError: If the runtime is unknown.
        BytesRefusedError: If the folder of the run was changed, or its model is refused.
    """
    require_packages()
    from tlzoo.runs.serving.runtimes import runtime_exporter, served_file

    runtime_exporter(options.runtime)
    report: Callable[[str], None] = progress.note
    listening, served = bound_socket(options), None
    try:
        served = served_file(run, options.runtime, progress)
        if options.workers > 1:
            from tlzoo.runs.serving.workers import Workers

            return Workers(run.path, options, served, listening, report)
        from tlzoo.runs.serving.model import open_model

        file, at_end = (None, lambda: None) if served is None else (served.file, served.close)
        return ThreadServer(open_model(run, options, file, report), options, listening, report, at_end)
    except BaseException:
        listening.close()
        if served is not None:
            served.close()
        raise
