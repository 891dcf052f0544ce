"""Checks a parsed ``registry.toml`` and brings it into one form, whether it is a plugin's own or the index.

A plugin's own registry has the keys of one provider at its top; the index has a table of them. Checked once, when a
registry is compiled: what is read later from the compiled copy is trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tlzoo.errors import RegistryError, did_you_mean
from tlzoo.files.format_number import without_format

from .entry import Entry, Features, File, Measured, Reported, TrainingData
from .merging import Provider
from .plain import INPUTS, plain
from .rules import entry_problems, provider_problems

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

T = TypeVar("T")

FORMAT = 1

_PARTS: Mapping[str, type] = {
    "files": File,
    "features": Features,
    "training": TrainingData,
    "reported": Reported,
    "measured": Measured,
}


class InvalidRegistryError(RegistryError):
    """A registry breaks its schema. ``problems`` has one line for each thing that is wrong."""

    def __init__(self, origin: str, problems: tuple[str, ...]) -> None:
        command = f": `tlzoo registry check {origin}`" if Path(origin).is_file() else ""  # not of a wheel's registry
        more = f" (and {len(problems) - 1} more{command})" if len(problems) > 1 else ""
        super().__init__(f"{origin}: {problems[0]}{more}")
        self.origin = origin
        self.problems = problems


def validated(document: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Return the document as plain ``providers`` and ``entries``; raise InvalidRegistryError with all problems."""
    without_format(document, origin, FORMAT, error=RegistryError)
    problems: list[str] = []
    providers = _providers(document, problems)
    entries = _entries(document, [each.plugin for each in providers], problems)
    problems += _ownership(providers, entries)
    if problems:
        raise InvalidRegistryError(origin, tuple(problems))
    return {"providers": [plain(each) for each in providers], "entries": [plain(each) for each in entries]}


def _providers(document: Mapping[str, Any], problems: list[str]) -> list[Provider]:
    from pydantic import TypeAdapter

    head = {key: value for key, value in document.items() if key not in {"format", "entries"}}
    if "format" not in document:
        problems.append(f"format is missing; write `format = {FORMAT}` at the top")
    if isinstance(head.get("plugins"), Mapping):
        tables = head.pop("plugins")
        rows = [({"plugin": name, **table}, f"plugins.{name}.") for name, table in tables.items() if _is_table(table)]
        problems += [f"plugins.{name} is not a table" for name, table in tables.items() if not _is_table(table)]
        problems += [f"{key}: no such key beside [plugins]" for key in head]
    else:
        rows = [(head, "")]
    adapter, found = TypeAdapter(Provider), []
    for row, where in rows:
        provider = _parse(adapter, Provider, {"requirement": row.get("plugin"), **row}, where, problems)
        if provider is not None:
            found.append(provider)
            problems += [where + each for each in provider_problems(provider)]
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _entries(document: Mapping[str, Any], plugins: list[str], problems: list[str]) -> list[Entry]:
    from pydantic import TypeAdapter

    tables = document.get("entries", {})
    if not isinstance(tables, Mapping):
        problems.append('entries: give each its own table, [entries."namespace/architecture.weights"]')
        return []
    only = {"plugin": plugins[0]} if len(plugins) == 1 else {}
    adapter, found = TypeAdapter(Entry), []
    for name, table in tables.items():
        where = f'entries."{name}".'
        if not isinstance(table, Mapping):
            problems.append(f"{where[:-1]} is not a table; ids hold a slash and a dot: quote them")
            continue
        entry = _parse(adapter, Entry, {**only, **table, "id": name}, where, problems)
        if entry is not None:
            found.append(entry)
            problems += [where + each for each in entry_problems(entry)]
    return found


def _ownership(providers: list[Provider], entries: list[Entry]) -> Iterator[str]:
    namespaces = {each.plugin: each.namespaces for each in providers}
    for entry in entries:
        if entry.plugin not in namespaces:
            yield f'entries."{entry.id}".plugin: {entry.plugin!r} is none of the plugins of this file'
        elif entry.namespace not in namespaces[entry.plugin]:
            yield f'entries."{entry.id}": {entry.plugin!r} does not declare the namespace {entry.namespace!r}'
    times = Counter(name for entry in entries for name in (entry.id, *entry.aliases))
    yield from (f"{name!r} stands twice, as id or alias" for name, count in sorted(times.items()) if count > 1)


def _parse(adapter: TypeAdapter[T], kind: type, table: Mapping[str, Any], where: str, problems: list[str]) -> T | None:
    from pydantic import ValidationError

    try:
        return adapter.validate_python(table)
    except ValidationError as error:
        problems.extend(where + _message(kind, each) for each in error.errors(include_url=False))
        return None


def _message(kind: type, error: ErrorDetails) -> str:
    """Say one of pydantic's errors in the words of the file: ``input.size: …``."""
    path = [str(part) for part in error["loc"]]
    if path[:1] == ["input"] and path[1:2] and path[1] in INPUTS:
        kind = INPUTS[path.pop(1)]
    elif len(path) > 1:
        kind = _PARTS.get(path[0], kind)
    where = ".".join(path)
    if error["type"] == "unexpected_keyword_argument":
        return f"{where}: no such key; {did_you_mean(path[-1], [each.name for each in fields(kind)])}"
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]} (received {error['input']!r:.80})"
