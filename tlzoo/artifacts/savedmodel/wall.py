"""The second wall: the Linux kernel denies a process access to files, sockets and programs that it does not need.

Landlock (files, TCP) and seccomp (sockets, programs) apply permanently to the process that requests them. Both are
called through ctypes. The libraries on PyPI do not fit: `landlock` is an alpha release, `pyseccomp` needs the system's
libseccomp, and `sandlock` needs Landlock 6 and runs programs in its own sandbox. Four system calls are needed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["describe_wall", "landlock_version", "raise_wall", "system_folders"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3
"""Landlock's LANDLOCK_ACCESS_FS_READ_FILE and _READ_DIR."""
_EXECUTE = 1
_RIGHTS = {1: (13, 8), 2: (14, 8), 3: (15, 8), 4: (15, 16), 5: (16, 16)}
"""By version of Landlock: the number of file access rights, and the size of a ruleset in bytes."""
_NEWEST = (16, 24)
_DENIED = {
    "x86_64": (0xC000003E, (41, 59, 101, 304, 311, 322, 425)),
    "aarch64": (0xC00000B7, (198, 221, 117, 265, 271, 281, 425)),
}
"""By machine: its number for seccomp, and system calls socket, execve, ptrace, open_by_handle_at, process_vm_writev,
execveat, io_uring_setup."""
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1


@cache
def landlock_version() -> int:
    """Return the version of Landlock's interface, or 0 if this system has no second wall."""
    if sys.platform != "linux" or platform.machine() not in _DENIED:
        return 0
    version: int = ctypes.CDLL(None, use_errno=True).syscall(_CREATE, None, 0, 1)
    return max(0, version)


def describe_wall() -> str:
    """Return a description of the protection from SavedModels besides inspection."""
    version = landlock_version()
    return f"Landlock {version} and seccomp" if version else "none: this system has no Landlock"


def raise_wall(readable: Iterable[Path]) -> None:
    """Restrict this process permanently: read only below these folders, write nowhere, and open no sockets.

    This applies to this thread and the threads that it starts. Raises OSError if the system has no second wall.
    """
    version = landlock_version()
    if not version:
        raise OSError(0, "this system has no Landlock")
    library = ctypes.CDLL(None, use_errno=True)
    files, size = _RIGHTS.get(version, _NEWEST)
    ruleset = struct.pack("=QQQ", (1 << files) - 1, 3, 3)[:size]
    descriptor = _called(library.syscall(_CREATE, ruleset, len(ruleset), 0))
    for path in readable:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # missing folders are not read
        rights = _READ | _EXECUTE if Path(path).is_dir() else 1 << 2
        _called(library.syscall(_ADD, descriptor, 1, struct.pack("=Qi", rights, opened), 0))
        os.close(opened)
    _called(library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _called(library.syscall(_RESTRICT, descriptor, 0))
    os.close(descriptor)
    _filter_system_calls(library)


def system_folders() -> list[Path]:
    """Return the folders of Python and TensorFlow, and the system folders that they read."""
    named = [
        "/usr",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/proc",
        "/sys",
        "/dev/null",
        "/dev/urandom",
    ]
    return [Path(each) for each in (*named, sys.prefix, sys.base_prefix, *sys.path) if each]


def _filter_system_calls(library: ctypes.CDLL) -> None:
    machine, numbers = _DENIED[platform.machine()]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06
    checks = [(equal, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    program = [
        (load, 0, 0, 4),  # the machine
        (equal, 0, len(numbers) + 3, machine),
        (load, 0, 0, 0),  # the system call
        (above, len(numbers) + 1, 0, 0x40000000),  # numbers of another interface for the same calls
        *checks,
        (give, 0, 0, _ALLOW),
        (give, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    pointer = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    _called(library.prctl(_SECCOMP, _FILTER, ctypes.byref(pointer), 0, 0))


def _called(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
