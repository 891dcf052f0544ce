"""Forks of a process with TensorFlow, which would hang, because its threads are not copied."""

from __future__ import annotations

import os
import sys

__all__ = ["refuse_fork"]

_is_fork = False


def refuse_fork() -> None:
    """Raise RunError in a process that was forked after TensorFlow started its threads.

    A fork before the first operation is safe. Modules imported after the fork cannot detect it.
    """
    if _is_fork:
        from tlzoo.errors import RunError

        raise RunError(
            "this process was forked after TensorFlow was used, so TensorFlow would hang",
            'start processes with "spawn": multiprocessing.get_context("spawn"), or mp_context= of ProcessPoolExecutor',
        )


def _after_fork() -> None:
    global _is_fork  # noqa: PLW0603 - state of the process
    eager = sys.modules.get("tensorflow.python.eager.context")
    existing = getattr(eager, "context_safe", None)
    context = None if existing is None else existing()
    _is_fork = bool(getattr(context, "_initialized", False))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
