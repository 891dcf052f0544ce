"""``--trust RUN|RECIPE|SUITE|ENTRY``: the user's consent, recorded for exactly these bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tlzoo.artifacts.formats.documents import parse_toml, read_json, read_plain
from tlzoo.runs.consent.user_code import Reference, consent_to, named_in
from tlzoo.runs.files.paths import SET, TUNING

__all__ = ["trust_named"]

_RECIPE = "recipe.toml"
_COLLECTIONS = (TUNING, SET)
"""Documents of folders with several runs."""


def trust_named(names: Iterable[str | Path]) -> frozenset[str]:
    """Consent to the code that runs and recipes name.

    Args:
        names: Folders of runs, run sets and tunings, files of recipes and suites, otherwise entries or modules.

    Returns:
        The value for ``Settings.trusted``: ids of entries and paths of runs.

    Raises:
        EntryError: If a name is none of these.
    """
    trusted = set()
    for name in map(str, names):
        path = Path(name)
        if any((path / document).is_file() for document in (_RECIPE, *_COLLECTIONS)):
            consent_to(_named_in(path))
            trusted.add(str(path))
        elif path.suffix == ".toml" and path.is_file():
            consent_to(_named_in(path))
        else:
            trusted.add(_entry_id(name))
    return frozenset(trusted)


def _named_in(path: Path) -> list[Reference]:
    """Return the code that a recipe, or a folder of one or several runs, names by file or module."""
    collection = next((path / each for each in _COLLECTIONS if (path / each).is_file()), None)
    if collection is not None:
        document = read_json(collection)
        recipe = document.get("recipe") if isinstance(document, dict) else None
    else:
        file = path / _RECIPE if path.is_dir() else path
        recipe = parse_toml(read_plain(file.resolve()), str(file))
    if not isinstance(recipe, dict):
        return []
    sets = recipe.get("sets")  # the data sets of a suite, each with fields of a recipe
    inside = [each for each in sets.values() if isinstance(each, dict)] if isinstance(sets, dict) else []
    return [code for each in (recipe, *inside) for code in named_in(each)]


def _entry_id(name: str) -> str:
    from tlzoo.artifacts import is_module
    from tlzoo.plugins import catalog, module_id

    return module_id(name) if is_module(name) else catalog().get(name).id
