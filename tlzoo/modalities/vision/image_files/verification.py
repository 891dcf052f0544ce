"""Verification of image files: each is read and hashed at every opening, and decoded if its contents are new.

Results are cached by contents. Size and time do not identify them: unpacked archives, or two folders that
are exchanged, have other images of the same size and time.
"""

from __future__ import annotations

import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from tlzoo.modalities.vision.image_files.examination import examine, most_pixels
from tlzoo.modalities.vision.image_files.examination_cache import Verdict, read_verdicts, write_verdicts
from tlzoo.process.memory import share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tlzoo.progress import Progress

_MOST_BYTES = 2**28
_AT_ONCE = 256


def verify_images(folder: Path, paths: Sequence[str], progress: Progress) -> list[Verdict]:
    """Return the results for each of ``paths`` below ``folder``, in order.

    Files are read in parallel, as many as fit their share of the memory limit. Results are cached for the next
    opening, also if this one is interrupted.
    """
    known = read_verdicts(folder)
    verdicts: list[Verdict] = []
    try:
        workers = min(os.cpu_count() or 1, max(1, share("decoding") // _MOST_BYTES))
        with ThreadPoolExecutor(workers) as pool, progress.track("reading", len(paths), "images") as advance:
            for start in range(0, len(paths), _AT_ONCE):
                some = paths[start : start + _AT_ONCE]
                verdicts += pool.map(partial(_look, folder, known), some)
                advance(len(some))
    finally:
        found = known | {each.sha256: each for each in verdicts if each.sha256}
        if found != known:
            write_verdicts(folder, found)
    return verdicts


def _look(folder: Path, known: Mapping[str, Verdict], path: str) -> Verdict:
    unread = partial(Verdict, "", "", 0, 0)
    try:
        status = (folder / path).stat()
        if not stat.S_ISREG(status.st_mode):
            return unread("not a readable file; delete or rename it")
        if status.st_size > _MOST_BYTES:
            return unread(f"the file has more than {_MOST_BYTES:,} bytes; make it smaller")
        encoded = (folder / path).read_bytes()
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return unread(f"the file cannot be read ({said}); check its name and permissions")
    digest = hashlib.sha256(encoded).hexdigest()
    seen = known.get(digest)
    if seen is not None and seen.height * seen.width <= most_pixels():
        return seen
    found = examine(encoded)
    if found.reason is not None and found.height:  # not cached: under another memory limit the image may fit
        return unread(found.reason)
    return Verdict(digest, *found)
