"""Files of tagged texts: splits by name, encoding and lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlzoo.errors import DataError, UsageError

__all__ = ["WHOLE", "lines_of", "split_files"]

WHOLE = ""
"""The name of undivided data."""

_NAMES = {
    "testa": "validation",
    "testb": "test",
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "validation", "val", "dev", "development"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_LEFT_OUT = {".gz", ".zip", ".md", ".html", ".pdf", ".py", ".toml", ".license"}


def split_files(path: Path, scheme: str, suffixes: Sequence[str] = ()) -> Mapping[str, Path]:
    """Return the file of each split; a single file is undivided. Names in a folder have train, valid, dev or test.

    These are whole words between other characters than letters: ``latest.txt`` is not a test file.

    Args:
        path: A file or a folder.
        scheme: Name of the adapter, for errors.
        suffixes: Suffixes of its files; empty for any.

    Raises:
        DataError: If there is no such file or folder, or it has no split, or one twice.
    """
    if path.is_file():
        return {WHOLE: path}
    if not path.is_dir():
        raise DataError(f"no file or folder {str(path)!r}", f"give one to '{scheme}:'")
    found: dict[str, Path] = {}
    for file in sorted(path.iterdir()):
        suffix = file.suffix.lower()
        if (
            not file.is_file()
            or file.name.startswith(".")
            or suffix in _LEFT_OUT
            or (suffixes and suffix not in suffixes)
        ):
            continue
        parts = re.split(r"[\W\d_]+", file.name.lower())
        split = next((split for name, split in _NAMES.items() if name in parts), None)
        if split in found:
            raise DataError(
                f"{path} has two files for the split {split}: {found[split].name} and {file.name}", "remove one"
            )
        if split is not None:
            found[split] = file
    if "train" not in found:
        what = f"{path} has no file for training" + (
            f"; it has {', '.join(each.name for each in found.values())}" if found else ""
        )
        raise DataError(what, "name files train, valid and test, or give one file")
    return {split: found[split] for split in ("train", "validation", "test") if split in found}


def lines_of(path: Path, encoding: str) -> list[str]:
    """Return the lines of a file, divided at line feeds only.

    Raises:
        DataError: If it cannot be read, or is not in this encoding; the message has the line.
        UsageError: For an unknown encoding.
    """
    try:
        "a".encode(encoding)  # refuses encodings of bytes, such as base64, too
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"unknown encoding {encoding!r}", "use utf-8, latin-1, cp1252 or another name of Python"
        ) from error
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"{path}:{line}: the byte 0x{data[error.start]:02x} is not {encoding}"
        raise DataError(what, "convert the file to UTF-8, or name its encoding: encoding=latin-1") from error
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
