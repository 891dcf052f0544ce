"""``decision.json``: what a run fitted after training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tlzoo.files.atomic import write_text
from tlzoo.files.format_number import with_format

if TYPE_CHECKING:
    from tlzoo.runs.files.folder import RunFolder
    from tlzoo.tasks import Decision

__all__ = ["write_decision"]


def write_decision(folder: RunFolder, decision: Decision) -> None:
    """Write ``decision.json``; remove it if nothing was fitted."""
    if decision.is_plain:
        folder.decision.unlink(missing_ok=True)
    else:
        write_text(folder.decision, json.dumps(with_format(decision.to_json()), indent=1) + "\n")
