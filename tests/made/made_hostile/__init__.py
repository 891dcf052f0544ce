"""Hostile inputs by kind: what draws them, what they are fed to, and how each of them may end.

Every input ends in a result or in one clear line. A traceback, a hang, a dead process or a silently different answer is
a defect. A new kind is a module with a ``KINDS`` tuple of ``Kind``, named in ``_MODULES``.
"""

from __future__ import annotations

from importlib import import_module

from made_hostile.campaign import Campaign, run_campaign
from made_hostile.contract import DifferentAnswerError, Kind

__all__ = ["KINDS", "Campaign", "DifferentAnswerError", "Kind", "run_campaign"]

_MODULES = ("arrays", "conditions", "images", "journals", "recipes", "registries", "sources", "tables")

KINDS: dict[str, Kind] = {
    kind.name: kind for module in _MODULES for kind in import_module(f"made_hostile.{module}").KINDS
}
