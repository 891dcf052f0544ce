"""The standard streams of one command.

Only results go to stdout, so that they can be piped. Within a command ``sys.stdout`` is stderr: output of a plugin, a
library or a child process cannot get into a result. All text is made printable here, in one place.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TextIO, cast, final

from tlzoo.errors import TlzooError
from tlzoo.printable import READABLE, printable

__all__ = ["OutputError", "Stream", "command_streams", "discard", "notes", "results"]

_STDOUT, _STDERR = 1, 2


class OutputError(TlzooError):
    """The result cannot be written: stdout is closed, or its disk is full."""


@final
class Stream:
    """A text stream that shows control and invisible characters as escapes, and what its encoding lacks in ASCII.

    ``drawing`` is the same stream for text that is safe already and has terminal sequences of our own: rich's.
    """

    def __init__(
        self, stream: TextIO | None, *, name: str = "stdout", needed: bool = False, safe: bool = False
    ) -> None:
        self._stream = stream
        self._name = name
        self._needed = needed
        self._safe = safe
        encoding = getattr(stream, "encoding", None) or "utf-8"
        self._limited = None if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding

    def __getattr__(self, name: str) -> Any:
        """Return what the stream itself has, such as ``fileno`` and ``encoding``."""
        return getattr(self._stream, name)

    @property
    def drawing(self) -> TextIO:
        """The stream without escaping."""
        return cast("TextIO", Stream(self._stream, name=self._name, needed=self._needed, safe=True))

    @property
    def ascii_only(self) -> bool:
        """Whether it cannot show every character."""
        return self._limited is not None

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write text; raise OutputError where it is needed and cannot be written, else go on without it."""
        shown = text if self._safe else printable(text)
        if self._limited is not None:
            shown = shown.encode(self._limited, READABLE).decode(self._limited)
        with self._failures():
            if self._stream is None:
                raise OutputError("stdout is closed: the result cannot be written", "redirect it, as in `> result.txt`")
            self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each text."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write out what is buffered."""
        if self._stream is not None:
            with self._failures():
                self._stream.flush()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            if self._needed:
                raise
        except (OSError, ValueError, OutputError) as error:
            if self._needed:
                discard(self._stream)
                if isinstance(error, OutputError):
                    raise
                said = getattr(error, "strerror", None) or str(error)
                raise OutputError(f"{self._name} cannot be written: {said}") from error


_streams: list[tuple[Stream, Stream]] = []


def results() -> Stream:
    """Return the stream for results: the command's, or ``sys.stdout`` outside of a command."""
    return _streams[-1][0] if _streams else Stream(sys.stdout, needed=True)


def notes() -> Stream:
    """Return the stream for notes and progress: the command's, or ``sys.stderr`` outside of a command."""
    return _streams[-1][1] if _streams else Stream(sys.stderr, name="stderr")


@contextmanager
def command_streams() -> Iterator[None]:
    """Keep stdout for results within the block, and send everything else that is printed to stderr."""
    before = sys.stdout, sys.stderr, sys.stdin
    with ExitStack() as stack:
        _open_closed_descriptors()
        nothing = stack.enter_context(open(os.devnull, "r+", encoding="utf-8"))  # noqa: PTH123 (pathlib is slow)
        sys.stdin = sys.stdin or nothing
        errors = Stream(sys.stderr or nothing, name="stderr")
        out = stack.enter_context(_own_descriptor(sys.stdout))
        _streams.append((Stream(out, needed=True), errors))
        sys.stdout = sys.stderr = cast("TextIO", errors)
        try:
            yield
        finally:
            sys.stdout, sys.stderr, sys.stdin = before
            _streams.pop()


def _open_closed_descriptors() -> None:
    """Open the standard descriptors that are closed: else the next file would take one, and get what is printed."""
    for descriptor in (0, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            _send_to_nothing(descriptor)


@contextmanager
def _own_descriptor(stream: TextIO | None) -> Iterator[TextIO | None]:
    """Yield stdout on a descriptor of its own; descriptor 1, which libraries and child processes have, is stderr."""
    try:
        descriptor = stream.fileno() if stream is not None else -1
    except (OSError, ValueError, AttributeError):  # not a file of the system: a test's, or a notebook's
        descriptor = -1
    if stream is None or descriptor != _STDOUT:
        yield stream
        return
    with suppress(OSError):
        stream.flush()
    kept = os.dup(_STDOUT)
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:  # stderr is closed
        _send_to_nothing(_STDOUT)
    raw = io.BufferedWriter(io.FileIO(os.dup(kept), "w"))
    own = io.TextIOWrapper(raw, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.isatty())
    try:
        yield own
    finally:
        with suppress(OSError):
            own.close()
        os.dup2(kept, _STDOUT)
        os.close(kept)


def discard(stream: Any) -> None:
    """Send what a stream still holds to nowhere: Python would complain of it once more at its end."""
    with suppress(OSError, ValueError, AttributeError):
        _send_to_nothing(stream.fileno())


def _send_to_nothing(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != descriptor:
        os.dup2(nothing, descriptor)
        os.close(nothing)
