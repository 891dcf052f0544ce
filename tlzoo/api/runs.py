"""Verbs on run folders: find and resume them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tlzoo
from tlzoo.progress import Progress

if TYPE_CHECKING:
    import tlzoo.runs

__all__ = ["find_runs", "resume"]


def resume(
    run: str | Path, *, trust: Sequence[str] = (), progress: Progress | None = None
) -> tlzoo.runs.Run | tlzoo.runs.Tuning:
    """Go on with an interrupted run, or with an interrupted search (``tune``).

    ``trust`` names runs whose code may be executed, as ``--trust`` does.
    """
    from tlzoo.artifacts import using
    from tlzoo.runs import is_tuning, resume_tuning, trust_named
    from tlzoo.runs import resume as resume_run

    with using(trusted=trust_named(trust) or None):
        if is_tuning(Path(run)):
            return resume_tuning(Path(run), progress=progress)
        return resume_run(Path(run), progress=progress)


def find_runs(out: str | Path = "runs") -> Sequence[tlzoo.runs.Run]:
    """Return the runs in a folder, the newest last: ``tlzoo runs``, whose name is taken by the subpackage."""
    from tlzoo.runs import find_runs as find

    return find(Path(out))
