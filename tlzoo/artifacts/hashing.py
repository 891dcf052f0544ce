"""Whether bytes are those that were declared."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tlzoo.errors import BytesRefusedError


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Return ``sha256:…`` or ``md5:…`` of a file, which is streamed, never held whole."""
    with path.open("rb") as stream:
        return f"{algorithm}:{hashlib.file_digest(stream, algorithm).hexdigest()}"


def verify(path: Path, expected: str, what: str) -> None:
    """Raise BytesRefusedError, beginning with ``what``, unless the file has the expected hash."""
    found = digest(path, expected.partition(":")[0])
    if found != expected:
        raise BytesRefusedError(f"{what}: {path} has {found}, not the declared {expected}", "replace the file")
