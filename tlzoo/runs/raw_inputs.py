"""What people give to be predicted, and what a serving graph takes: images by path or bytes, texts as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from tlzoo.errors import DataError, TlzooError, UsageError
from tlzoo.runs.input_sources import expand_images, fetch_image, inputs_from_stdin, is_address, split_lines

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["Input", "RawInputs", "inputs_from_file"]

Input: TypeAlias = str | Path | bytes | Sequence[str]
"""An image's path or bytes; a text; two texts."""

_LINES = ("", ".txt")


@dataclass(frozen=True, slots=True)
class RawInputs:
    """Reads inputs for a serving graph whose argument is called ``kind``, each of them of this ``shape``."""

    kind: str
    shape: tuple[int, ...]
    failures: dict[str, str] = field(default_factory=dict)
    """Why addresses could not be fetched, by address."""

    def expanded(self, inputs: Sequence[Input]) -> Sequence[Input]:
        """Return the inputs, for images with folders and globs replaced by the files in them."""
        return expand_images(inputs) if self.kind == "images" else inputs

    def paired(self, inputs: Sequence[Input]) -> Sequence[Input]:
        """Take strings two by two where pairs are wanted; raise UsageError where one is left over."""
        if self.shape != (2,) or not all(isinstance(each, str) for each in inputs):
            return inputs
        if len(inputs) % 2:
            raise UsageError(f"this run takes pairs of texts, and got {len(inputs)}", "give two for each answer")
        return [(str(first), str(second)) for first, second in zip(inputs[::2], inputs[1::2], strict=True)]

    def check(self, inputs: Sequence[Input]) -> None:
        """Raise DataError or UsageError for the first input that cannot be predicted whatever is in it."""
        if self.kind not in {"images", "texts"}:
            raise UsageError(f"predictions are made for images and texts, not for {self.kind}")
        for each in inputs:
            if self.kind == "images" or isinstance(each, Path):
                _check_file(each)
            elif self._parts(each) != (self.shape[0] if self.shape else 1):
                wanted = "pairs of texts" if self.shape else "single texts"
                raise UsageError(
                    f"this run takes {wanted}, and got {self.name(each)!r}", "give them as it learned them"
                )

    def read(self, each: Input) -> bytes | list[bytes]:
        """Return what the graph takes; raise DataError for a file that cannot be read."""
        if isinstance(each, bytes):
            return each
        if self.kind == "images" and is_address(each):
            return self._fetched(str(each))
        if self.kind == "images" or isinstance(each, Path):
            try:
                return Path(str(each)).read_bytes()
            except OSError as error:
                raise DataError(f"{each} cannot be read ({error.strerror})", "check its permissions") from error
        return each.encode() if isinstance(each, str) else [part.encode() for part in each]

    def name(self, each: Input) -> str | list[str]:
        """Return what an answer calls an input: its path, the text, or how many bytes it has."""
        if isinstance(each, bytes):
            return f"{len(each)} bytes"
        return str(each) if isinstance(each, str | Path) else list(each)

    def why(self, each: Input, data: bytes | list[bytes]) -> str:
        """Return why there is no answer to this input."""
        if isinstance(each, str) and each in self.failures:
            return self.failures[each]
        if self.kind == "images" and isinstance(data, bytes):
            from tlzoo.data import why_unreadable

            return why_unreadable(data) or "cannot be read"
        return "cannot be read"

    def _fetched(self, address: str) -> bytes:
        """Return the image at an address; nothing, with the reason among the failures, where it cannot be fetched."""
        try:
            return fetch_image(address)
        except TlzooError as error:
            self.failures[address] = str(error)
            return b""

    def _parts(self, each: Input) -> int:
        return 1 if isinstance(each, str | bytes) else len(each) if isinstance(each, Sequence) else 1


def inputs_from_file(run: Run, file: str) -> list[Input]:
    """Return the inputs that a file lists.

    A ``.txt`` file, or ``-`` for standard input, has one a line: a text, a pair of texts with a tab between, an image's
    path, or an episode's seed; empty lines are skipped. Standard input may also be one image. A table (``new.csv``,
    ``new.csv?text=review``) has them in the columns that the run's own data has them in, or that the options name, as
    those of ``table:`` do.

    Raises DataError for what cannot be read, UsageError where no column is known.
    """
    location = file.rpartition("?")[0] or file
    if file == "-":
        return inputs_from_stdin()
    if Path(location).suffix.lower() in _LINES:
        return list(_from_lines(file))
    return list(_from_table(run, f"table:{file}"))


def _from_lines(file: str) -> Iterator[Input]:
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 (byte {error.start})", "convert it, or give a table") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from error
    yield from split_lines(text)


def _from_table(run: Run, source: str) -> Iterator[Input]:
    from tlzoo.data import parse_source, table_inputs

    parsed = parse_source(source)
    options = dict(parsed.options)
    if not {"text", "image"} & options.keys():
        known = parse_source(str(run.result["data"])).options
        options |= {role: known[role] for role in ("text", "numbers", "image") if role in known}
    for each in table_inputs(parsed.location, options):
        yield each[0] if isinstance(each, tuple) and len(each) == 1 else each


def _check_file(each: Input) -> None:
    if isinstance(each, bytes) or is_address(each):
        return
    path = Path(str(each))
    if not path.is_file():
        raise DataError(f"no file {str(each)!r}", "nothing was predicted")
