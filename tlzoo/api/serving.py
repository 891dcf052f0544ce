"""The function that serves a run over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.runs

__all__ = ["serve"]


def serve(
    run: tlzoo.Run | str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    allowed_hosts: str | Sequence[str] = "",
    name: str = "",
    runtime: str = "tensorflow",
    workers: int = 1,
    max_batch: int = 32,
    max_wait: float = 2.0,
    max_queue: int = 256,
    max_body: float = 32.0,
    timeout: float = 30.0,
    trust: bool = False,
    progress: Progress | None = None,
) -> tlzoo.runs.Server:
    """Start an HTTP server that predicts with the model of a finished run.

    The server runs in a thread of this process, or in ``workers`` processes. It ends with ``server.close()``, or at the
    end of a ``with`` block.

    >>> import pathlib, requests
    >>> image = pathlib.Path("seven.png").read_bytes()
    >>> with tlzoo.serve("runs/photos", port=0) as server:
    ...     answer = requests.post(f"{server.url}/predict", data=image)
    >>> answer.json()["predictions"][0]["label"]
    '7'

    Args:
        run: The run, or its folder.
        host: Address to listen on; ``"0.0.0.0"`` for all networks.
        port: Port to listen on; 0 for any free port, which ``server.url`` has.
        allowed_hosts: Host names that requests may have, besides localhost and IP addresses; ``"*"`` for all. Others
            get status 400. Default: none if the server listens on this machine only, otherwise all.
        name: Name of the model in the paths ``/v1/models/NAME``. Default: the name of the run's folder.
        runtime: Library that computes the network: ``"tensorflow"``, or ``"litert"``, ``"onnx"`` or ``"openvino"`` with
            an exported file, also ``"litert:int8"``. A file that the run lacks is exported first.
        workers: Number of processes, each with a model of its own.
        max_batch: Largest number of inputs that are computed together.
        max_wait: Longest time that an input waits for a fuller batch, in milliseconds.
        max_queue: Largest number of waiting inputs. More are answered with status 503.
        max_body: Largest size of a request's body, in MB. A larger one is answered with status 413.
        timeout: Longest time for a request, in seconds. Also how long ``close`` waits for running requests.
        trust: If True, the SavedModel of the run may use any operations.
        progress: Receives notes and unexpected errors; None shows nothing.

    Returns:
        The running server, with its ``url``.

    Raises:
        UsageError: If an option is invalid, or the runtime is unknown.
        PluginError: If the packages of the server (``tlzoo[serve]``) or of the runtime are not installed.
        RunError: If the run has no model, or the address is in use.
        BytesRefusedError: If the folder was changed, or needs ``trust``.
    """
    from tlzoo.api.runs import load_run

    opened = load_run(run) if isinstance(run, str | Path) else run
    return opened.serve(
        host=host,
        port=port,
        allowed_hosts=allowed_hosts,
        name=name,
        runtime=runtime,
        workers=workers,
        max_batch=max_batch,
        max_wait=max_wait,
        max_queue=max_queue,
        max_body=max_body,
        timeout=timeout,
        trust=trust,
        progress=progress,
    )
