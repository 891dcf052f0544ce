"""Check of the Host header: no website reaches the server by rebinding its own name to this machine.

Starlette's TrustedHostMiddleware compares complete names only. A server has many IP addresses, and no name can be
rebound to one of them, so requests for any IP address are answered.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tlzoo.runs.serving.http.responses import json_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tlzoo.runs.serving.metrics import ServerMetrics
    from tlzoo.runs.serving.options import ServerOptions

__all__ = ["HostCheck", "allowed_names", "is_allowed"]

_LOCAL = "localhost"


class HostCheck:
    """Wraps an ASGI application: requests for other host names than ``names`` get status 400."""

    def __init__(self, application: ASGIApp, names: frozenset[str], metrics: ServerMetrics) -> None:
        self._application = application
        self._names = names
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it to the application."""
        host = _host(scope) if scope["type"] == "http" else _LOCAL
        if is_allowed(host, self._names):
            await self._application(scope, receive, send)
            return
        self._metrics.requests.labels("other", "400").inc()
        error = f"host {host!r:.80} is not allowed; use localhost or an IP address, or start with --allowed-hosts NAME"
        await json_response({"error": error}, 400)(scope, receive, send)


def allowed_names(options: ServerOptions, address: str) -> frozenset[str] | None:
    """Return the names of ``--allowed-hosts``; None for all names.

    Without that option, a server that listens on a loopback ``address`` has its own name only, others have all names.
    """
    given = frozenset(each.lower() for each in options.allowed_hosts.split(",") if each)
    if "*" in given or not (given or ip_address(address).is_loopback):
        return None
    return given | {_LOCAL, options.host.lower()}


def is_allowed(host: str, names: frozenset[str]) -> bool:
    """Return whether a Host header names an IP address or one of these names, with or without a port."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    name = name.removesuffix(".")
    return name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _host(scope: Any) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
