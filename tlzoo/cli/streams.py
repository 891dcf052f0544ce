"""The standard streams of one command.

Only results go to stdout, so that they can be piped. Within a command ``sys.stdout`` is stderr, so output of a
plugin, a library or a child process cannot mix with the result. All text is made printable here.
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
    """The result cannot be written, for example because stdout is closed or the disk is full."""


@final
class Stream:
    """A text stream that escapes control and invisible characters, and characters that its encoding lacks.

    ``drawing`` is the same stream for text that is already safe and contains terminal sequences from rich.
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
        """Return an attribute of the underlying stream, such as ``fileno`` or ``encoding``."""
        return getattr(self._stream, name)

    @property
    def drawing(self) -> TextIO:
        """The stream without escaping."""
        return cast("TextIO", Stream(self._stream, name=self._name, needed=self._needed, safe=True))

    @property
    def ascii_only(self) -> bool:
        """Whether the encoding cannot represent every character."""
        return self._limited is not None

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write text. Raise OutputError if a result cannot be written; ignore the failure of a note."""
        shown = text if self._safe else printable(text)
        if self._limited is not None:
            shown = shown.encode(self._limited, READABLE).decode(self._limited)
        with self._failures():
            if self._stream is None:
                raise OutputError("the result cannot be written: stdout is closed", "redirect it, as in `> result.txt`")
            self._stream.write(shown)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write all texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the buffer."""
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
    """Return the stream for results: the command's, or ``sys.stdout`` outside a command."""
    return _streams[-1][0] if _streams else Stream(sys.stdout, needed=True)


def notes() -> Stream:
    """Return the stream for notes and progress: the command's, or ``sys.stderr`` outside a command."""
    return _streams[-1][1] if _streams else Stream(sys.stderr, name="stderr")


@contextmanager
def command_streams() -> Iterator[None]:
    """Reserve stdout for results within the block, and redirect all other output to stderr."""
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
    """Open closed standard descriptors; otherwise the next file would get one and receive printed output."""
    for descriptor in (0, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            _send_to_nothing(descriptor)


@contextmanager
def _own_descriptor(stream: TextIO | None) -> Iterator[TextIO | None]:
    """Yield stdout on a separate descriptor; descriptor 1, which libraries and child processes use, becomes stderr."""
    try:
        descriptor = stream.fileno() if stream is not None else -1
    except (OSError, ValueError, AttributeError):  # not a system file: in a test or a notebook
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
    """Discard the buffer of a stream; otherwise Python reports the error again at exit."""
    with suppress(OSError, ValueError, AttributeError):
        _send_to_nothing(stream.fileno())


def _send_to_nothing(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != descriptor:
        os.dup2(nothing, descriptor)
        os.close(nothing)
