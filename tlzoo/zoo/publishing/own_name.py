"""Ids of the user's own entries, ``local/…``."""

from __future__ import annotations

import re

from tlzoo.errors import UsageError
from tlzoo.registry import LOCAL
from tlzoo.registry.kaggle_source import KaggleSource

__all__ = ["kaggle_name", "own_id", "slug"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)?")


def own_id(name: str, *, weights: str) -> str:
    """Return the id of an entry; ``weights`` is its last part unless the name has one.

    Raises:
        UsageError: If the name is invalid.
    """
    plain_name = name.removeprefix(f"{LOCAL}/")
    if not _NAME.fullmatch(plain_name):
        raise UsageError(
            f"{name!r} is not a valid name for an entry", f"use {LOCAL}/NAME in lowercase letters, digits and hyphens"
        )
    return f"{LOCAL}/{plain_name}" if "." in plain_name else f"{LOCAL}/{plain_name}.{weights}"


def kaggle_name(source: KaggleSource) -> tuple[str, str]:
    """Return the name of a model on Kaggle, and its owner: the variation, after the model unless it begins with it."""
    owner, model, _, variation = source.name.split("/")
    return (variation if variation.lower().startswith(model.lower()) else f"{model}-{variation}"), owner


def slug(text: str, default: str = "module") -> str:
    """Return a text as part of an id: lowercase letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_") or default
