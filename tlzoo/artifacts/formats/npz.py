"""Inspection of NumPy archives (``.npz``) before arrays are read: plain arrays of the claimed sizes, no objects."""

from __future__ import annotations

import math
import os
import zipfile
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from numpy.lib import format as npy

from tlzoo.errors import BytesRefusedError

__all__ = ["check_arrays"]

_MOST_MEMBERS = 1_000_000
_ENCRYPTED = 0x1
_ERRORS = (OSError, ValueError, EOFError, KeyError, RuntimeError, NotImplementedError, RecursionError, MemoryError)


def check_arrays(file: Path | BinaryIO, what: str) -> None:
    """Raise BytesRefusedError unless an archive has only plain arrays; ``what`` names it in the message.

    A stream is left open, so that later reads use the inspected file.

    Members must be uncompressed, as written by ``numpy.savez``, with the size that their headers claim. So reading a
    member never needs more memory than the size of the file. Arrays of objects, which are pickles, are refused.
    """
    try:
        opened = file.open("rb") if isinstance(file, Path) else nullcontext(file)
        with opened as stream, zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or len({each.filename for each in members}) != len(members):
                raise _refused(what, "has too many members, or two with the same name")
            if sum(each.compress_size for each in members) > os.fstat(stream.fileno()).st_size:
                raise _refused(what, "has members that share bytes")
            for member in members:
                with archive.open(_plain(member, what)) as array:
                    _check_header(array, member, what)  # type: ignore[arg-type]
    except (*_ERRORS, zipfile.BadZipFile, SyntaxError, TypeError) as error:
        reason = str(error) or type(error).__name__
        raise BytesRefusedError(f"{what} cannot be read ({reason})", "replace the file, or train again") from error


def _plain(member: zipfile.ZipInfo, what: str) -> zipfile.ZipInfo:
    if not member.filename.endswith(".npy"):
        raise _refused(what, f"contains {member.filename!r}, which is not an array")
    if member.flag_bits & _ENCRYPTED or member.compress_type != zipfile.ZIP_STORED:
        raise _refused(what, f"contains {member.filename!r}, which is compressed or encrypted")
    return member


def _check_header(array: BinaryIO, member: zipfile.ZipInfo, what: str) -> None:
    version = npy.read_magic(array)
    if version not in {(1, 0), (2, 0)}:
        raise _refused(what, f"contains {member.filename!r} in format {version}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(array)
    if dtype.hasobject:
        raise _refused(what, f"has objects in {member.filename!r}")
    if math.prod(shape) * dtype.itemsize != member.file_size - array.tell():
        raise _refused(what, f"claims a wrong size of {member.filename!r}")


def _refused(what: str, why: str) -> BytesRefusedError:
    return BytesRefusedError(f"{what} {why}", "use a file written by tlzoo, or train again")
