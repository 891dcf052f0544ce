"""HTTP connections with a limit on everything that is not a body: request lines, headers and trailers."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["BoundedProtocol"]

_MOST_HEAD = 2**16


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection if the head of a request is too large or takes more than ``seconds``.

    The parser itself has no limits: it would collect a head of any size in memory, for any time.
    """

    seconds: ClassVar[float]
    _outside_bodies = 0
    _timer: asyncio.TimerHandle | None = None

    @classmethod
    def of_seconds(cls, seconds: float) -> type[BoundedProtocol]:
        """Return the class with this time limit."""
        return type(cls.__name__, (cls,), {"seconds": seconds})

    def connection_made(self, transport: Any) -> None:
        """Expect the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse more bytes that are neither a complete head nor part of a body."""
        if self._outside_bodies > _MOST_HEAD:
            self.send_400_response(f"The head of the request has more than {_MOST_HEAD} bytes; send shorter headers.")
            return
        self._outside_bodies += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Expect the next head."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Stop the timer, and reset the count."""
        self._end_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Reset the count."""
        self._outside_bodies = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Reset the count."""
        self._outside_bodies = 0
        super().on_message_complete()

    def _expect_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self.transport.close)

    def _end_head(self) -> None:
        self._outside_bodies = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
