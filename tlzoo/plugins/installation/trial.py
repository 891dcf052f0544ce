"""Loading of a plugin in a child process, which protects this process from its code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tlzoo.durations import format_duration
from tlzoo.plugins.selection import VARIABLE

__all__ = ["try_plugin"]

_SECONDS = 300
_LAST = 300
"""Maximum characters of the child's last output."""


def try_plugin(name: str, *, seconds: float = _SECONDS, alone: bool = False) -> Mapping[str, Any]:
    """Load an installed plugin and call its hooks in a child process; return its row of `tlzoo plugins list`.

    ``alone`` excludes other plugins, so that they cannot end the child.

    ``status`` is broken, with the reason as ``error``, if the child crashes or takes longer than ``seconds``.
    """
    command = [sys.executable, "-P", "-m", "tlzoo", "plugins", "list", name, "--json", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    if alone:
        environment[VARIABLE] = name
    try:
        done = subprocess.run(  # noqa: S603 - a fixed argument list
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return _broken(name, f"loading it took more than {format_duration(seconds)}")
    try:
        (row,) = json.loads(done.stdout)
    except ValueError:
        said = " ".join(done.stderr.decode(errors="replace").split())[-_LAST:]
        return _broken(name, f"loading it ended Python with {_ending(done.returncode)}" + (f": {said}" if said else ""))
    found: Mapping[str, Any] = row
    return found


def _broken(name: str, error: str) -> Mapping[str, Any]:
    return {"name": name, "status": "broken", "error": error, "fix": f"upgrade or uninstall {name!r}"}


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
