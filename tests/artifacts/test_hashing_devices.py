"""What is not a regular file is refused before it is read: a device has no end, a pipe may never answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tlzoo.artifacts.hashing import digest, verify
from tlzoo.errors import BytesRefusedError


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full", "/dev/null"])
def test_devices_are_refused(path: str) -> None:
    if not Path(path).exists():
        pytest.skip("no such device on this system")
    with pytest.raises(BytesRefusedError, match="is not a regular file"):
        verify(Path(path), "sha256:0", "an entry")


def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BytesRefusedError, match="is not a regular file"):
        digest(tmp_path / "pipe")


def test_a_link_to_a_device_is_refused_and_to_a_file_followed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert digest(tmp_path / "link") == digest(tmp_path / "file")
    with pytest.raises(BytesRefusedError):
        digest(tmp_path / "zero")
