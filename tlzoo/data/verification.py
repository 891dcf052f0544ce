"""Every image file is read once: its bytes hashed, its picture decoded. What was seen before is not read again."""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from tlzoo.data.examining import examine, most_pixels
from tlzoo.data.verdicts import Verdict, read_verdicts, write_verdicts
from tlzoo.memory import share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tlzoo.data.contract import Progress

_MOST_BYTES = 2**28
_AT_ONCE = 256


def verify_images(folder: Path, paths: Sequence[str], progress: Progress | None = None) -> list[Verdict]:
    """Return a verdict for each of ``paths``, which lie below ``folder``, in their order.

    Files are read in parallel, as many as fit their share of the memory limit. What is found is kept for the next time,
    also when this is interrupted.
    """
    known = read_verdicts(folder)
    seen: dict[str, Verdict] = {}
    try:
        with ThreadPoolExecutor(min(os.cpu_count() or 1, max(1, share("decoding") // _MOST_BYTES))) as pool:
            for start in range(0, len(paths), _AT_ONCE):
                some = paths[start : start + _AT_ONCE]
                unchanged = {path: known[path] for path in some if path in known and _same(folder / path, known[path])}
                changed = [path for path in some if path not in unchanged]
                seen |= unchanged
                seen.update(zip(changed, pool.map(partial(_look, folder), changed), strict=True))
                if progress is not None:
                    progress(start + len(some), len(paths))
    finally:
        if seen != known:
            write_verdicts(folder, seen if len(seen) == len(paths) else known | seen)
    return [seen[path] for path in paths]


def _same(path: Path, verdict: Verdict) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    fits = verdict.height * verdict.width <= most_pixels()
    return fits and (status.st_size, status.st_mtime_ns) == (verdict.size, verdict.mtime_ns)


def _look(folder: Path, path: str) -> Verdict:
    unread = partial(Verdict, -1, 0, "", "", 0, 0)  # such a size never fits: the file is looked at again next time
    try:
        status = (folder / path).stat()
        if not stat.S_ISREG(status.st_mode):
            return unread("not a file that can be read; delete or rename it")
        if status.st_size > _MOST_BYTES:
            return unread(f"a file of more than {_MOST_BYTES:,} bytes; make it smaller")
        encoded = (folder / path).read_bytes()
    except OSError as error:
        return unread(f"the file cannot be read ({error.strerror}); check its permissions")
    found = examine(encoded)
    if found.reason is not None and found.height:  # another limit may have memory for it
        return unread(found.reason)
    return Verdict(status.st_size, status.st_mtime_ns, hashlib.sha256(encoded).hexdigest(), *found)
