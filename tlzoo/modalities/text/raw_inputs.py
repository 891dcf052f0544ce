"""Texts for predictions: strings, pairs, files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.raw_inputs import RawInputs, read_path

__all__ = ["TextInputs"]

_PAIR = 2


class TextInputs(RawInputs):
    """Reads texts, or pairs of texts if the shape is (2,)."""

    strings_are_paths = False

    @property
    def accepted(self) -> str:  # type: ignore[override]
        """Description of inputs: a phrase in the plural."""
        return "pairs of texts: tuples of two strings" if self.shape else "texts: strings, or paths of text files"

    def suited_to(self, inputs: Sequence[Any]) -> TextInputs:
        """Return the reader of pairs if the first input is a pair."""
        is_pair = bool(inputs) and isinstance(inputs[0], list | tuple)
        return TextInputs(self.argument, (_PAIR,)) if is_pair else self

    def expanded(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """Return pairs of texts if the run takes pairs: strings with a tab between two texts, or successive strings.

        Raises:
            UsageError: If a string has no second one.
        """
        if self.shape != (2,) or not all(isinstance(each, str) for each in inputs):
            return inputs
        if any("\t" in str(each) for each in inputs):
            return [tuple(str(each).split("\t")) if "\t" in str(each) else each for each in inputs]
        if len(inputs) % 2:
            raise UsageError(f"this run takes pairs of texts; got {len(inputs)} texts", "pass two for each prediction")
        return [(str(first), str(second)) for first, second in zip(inputs[::2], inputs[1::2], strict=True)]

    def is_input(self, each: Any) -> bool:
        """Return whether a value is a text, or a pair of texts if the run takes pairs."""
        if not self.shape:
            return super().is_input(each)
        is_pair = isinstance(each, Sequence) and not isinstance(each, str | bytes) and len(each) == self.shape[0]
        return is_pair and all(isinstance(part, str) for part in each)

    def note(self, inputs: Sequence[Any]) -> str | None:
        """Return a note on the first text that is also a file or folder name."""
        texts = (each for each in inputs if isinstance(each, str))
        file = next((each for each in texts if os.path.exists(each)), None)  # noqa: PTH110 - False for what can be no path
        if file is None:
            return None
        return (
            f"{file!r} is used as a text, although a file has this name; use --file (in Python a Path) to read the file"
        )

    def read(self, each: Any) -> bytes | list[bytes]:
        """Return a text in UTF-8, or the parts of a pair. Raises DataError for a blank text and other encodings."""
        if isinstance(each, bytes | Path):
            return _checked(each if isinstance(each, bytes) else read_path(str(each)))
        parts = [each] if isinstance(each, str) else list(each)
        if any(is_missing(part) for part in parts):
            raise DataError("the text is blank")
        encoded = [_as_bytes(part) for part in parts]
        return encoded if self.shape else encoded[0]

    def blank(self) -> bytes | list[bytes]:
        """Return an empty text, or a pair of them."""
        return [b""] * self.shape[0] if self.shape and self.shape[0] else b""

    def batch(self, read: Sequence[Any]) -> Any:
        """Return the texts for the graph."""
        import tensorflow as tf

        return tf.constant(read)

    def name(self, each: Any) -> Any:
        """Return the text, or the texts of a pair, or the path of a file."""
        return super().name(each) if isinstance(each, str | bytes | Path) else list(each)


def _checked(data: bytes) -> bytes:
    """Return a text's bytes. Raises DataError unless they are UTF-8: a model would read other characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise DataError(f"the text is not UTF-8 (byte {error.start})", "convert it to UTF-8") from error
    if is_missing(text):
        raise DataError("the text is blank")
    return data


def _as_bytes(text: str) -> bytes:
    """Return a text in UTF-8; undecoded bytes from the shell are restored."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
