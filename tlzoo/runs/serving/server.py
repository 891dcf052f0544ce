"""A running server: its socket, its thread, and its end."""

from __future__ import annotations

import errno
import logging
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, final

from tlzoo.errors import PluginError, RunError, TlzooError
from tlzoo.runs.serving.options import ServerOptions

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from tlzoo.runs.serving.model import ServedModel

__all__ = ["Server", "ThreadServer", "bound_socket", "require_packages", "url_of"]

_PACKAGES = ("starlette", "uvicorn", "httptools", "python_multipart", "prometheus_client")
_BACKLOG = 2048


class Server(ABC):
    """A running server. It ends with ``close``, or at the end of a ``with`` block.

    >>> with tlzoo.serve("runs/photos", port=0) as server:
    ...     address = server.url
    """

    url: str
    """The address of the server: ``http://127.0.0.1:8000``."""

    @abstractmethod
    def stop(self) -> None:
        """Refuse new requests and finish those that run; return at once."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the server has ended; return whether it has.

        Raises TlzooError if the server ended by itself, because a worker could not be started again.
        """

    def close(self) -> None:
        """Refuse new requests, finish those that run within the time limit, and end."""
        self.stop()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@final
class ThreadServer(Server):
    """A server in a thread of this process."""

    def __init__(
        self,
        model: ServedModel,
        options: ServerOptions,
        listening: socket.socket,
        report: Callable[[str], None] = lambda _line: None,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        import uvicorn

        from tlzoo.runs.serving.http.application import Application
        from tlzoo.runs.serving.http.hosts import HostCheck, allowed_names
        from tlzoo.runs.serving.http.protocol import BoundedProtocol

        logging.getLogger("python_multipart").setLevel(logging.ERROR)  # clients could fill the log with warnings
        self.url = url_of(options.host, listening)
        self._application = Application(model, options, report)
        self._options = options
        application: ASGIApp = self._application.starlette()
        if (names := allowed_names(options, listening.getsockname()[0])) is not None:
            application = HostCheck(application, names, self._application.metrics)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                application,
                http=BoundedProtocol.of_seconds(options.timeout),
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                lifespan="on",
                ws="none",
                backlog=_BACKLOG,
                timeout_graceful_shutdown=max(1, int(options.timeout)),
            )
        )
        self._at_end = at_end
        self._thread = threading.Thread(target=self._run, args=(listening,), name="tlzoo-server", daemon=True)
        self._thread.start()
        while not self._uvicorn.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise RunError("the server ended at its start")

    def _run(self, listening: socket.socket) -> None:
        try:
            self._uvicorn.run([listening])
        finally:
            self._at_end()

    def stop(self) -> None:
        """Refuse new requests and finish those that run; return at once."""
        self._application.stopping = True
        self._uvicorn.should_exit = True

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the server has ended; return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Refuse new requests, finish those that run within the time limit, and end."""
        self.stop()
        if not self.wait(self._options.timeout + 5):
            self._uvicorn.force_exit = True
            self.wait()


def require_packages() -> None:
    """Raise PluginError with the command to install what a server needs."""
    from importlib.util import find_spec

    if missing := [each for each in _PACKAGES if find_spec(each) is None]:
        raise PluginError(f"serving needs {', '.join(missing)}, which is not installed", "pip install 'tlzoo[serve]'")


def bound_socket(options: ServerOptions) -> socket.socket:
    """Return a socket at the address of the options, which does not listen yet.

    Raises:
        RunError: If the address is in use, or not of this machine.
    """
    host, port = options.host, options.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise RunError(f"{host!r} is not an address: {error.strerror or error}", "use --host 127.0.0.1") from error
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _refused(host, port, error) from error
    return bound


def _refused(host: str, port: int, error: OSError) -> TlzooError:
    if error.errno == errno.EADDRINUSE:
        return RunError(
            f"port {port} of {host} is in use", "stop the other program, or choose another --port; 0 is any"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return RunError(f"port {port} needs more rights", "choose a --port of 1024 or more")
    return RunError(f"cannot listen on {host}: {error.strerror or error}", "choose an address of this machine")


def url_of(host: str, listening: socket.socket) -> str:
    """Return the URL of a bound socket."""
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
