"""Validate a parsed ``registry.toml``, of a plugin or the index, and convert it to a common form.

A plugin's registry has the keys of one provider at its top; the index has a table of providers. Validation takes place
when a registry is compiled; the compiled copy is trusted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tlzoo.errors import RegistryError, did_you_mean
from tlzoo.files.format_number import without_format

from .entry import Entry, Features, File, Measured, Reported, TrainingData
from .inputs import CORE_INPUTS, ImageInput, InputContract, InputDeclaration
from .inputs.reading import declarations
from .merging import Provider
from .plain import plain
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
    """A registry is invalid. ``problems`` has one line per error."""

    def __init__(self, origin: str, problems: tuple[str, ...]) -> None:
        command = (
            f": `tlzoo registry check {origin}`" if Path(origin).is_file() else ""
        )  # not for a registry inside a wheel
        more = f" (and {len(problems) - 1} more{command})" if len(problems) > 1 else ""
        super().__init__(f"{origin}: {problems[0]}{more}")
        self.origin = origin
        self.problems = problems


Known = Callable[[], Mapping[str, InputDeclaration]]
"""Returns the input contracts declared in other registries, by kind."""


def validated(document: Mapping[str, Any], origin: str, known: Known = dict) -> dict[str, Any]:
    """Return the document as plain ``providers``, ``inputs`` and ``entries``; raise InvalidRegistryError if invalid.

    The error has all problems. ``known`` returns the kinds of inputs that the document uses without declaring them;
    ``borrowed`` receives them.
    """
    without_format(document, origin, FORMAT, error=RegistryError)
    problems: list[str] = []
    providers = _providers(document, problems)
    plugins = [each.plugin for each in providers]
    own = declarations(document, plugins[0] if len(plugins) == 1 else None, problems)
    kinds = _Kinds({each.kind: each for each in own}, known)
    entries = _entries(document, plugins, kinds, problems)
    problems += _ownership(providers, entries)
    if problems:
        raise InvalidRegistryError(origin, tuple(problems))
    return {
        "providers": [plain(each) for each in providers],
        "inputs": {each.kind: plain(each) for each in own},
        "borrowed": {each.kind: plain(each) for each in kinds.borrowed.values()},
        "entries": [plain(each) for each in entries],
    }


class _Kinds:
    """Kinds of inputs that a document may use: its own, and those of other registries."""

    def __init__(self, own: Mapping[str, InputDeclaration], known: Known) -> None:
        self.own, self.known = own, known
        self.borrowed: dict[str, InputDeclaration] = {}

    def find(self, kind: str) -> InputDeclaration | None:
        """Return the declaration of a kind; None if there is none."""
        if kind not in self.own and kind in (others := self.known()):
            self.borrowed[kind] = others[kind]
        return self.own.get(kind) or self.borrowed.get(kind)

    def names(self) -> list[str]:
        """Return all kinds."""
        return sorted({*CORE_INPUTS, *self.own, *self.known()})


def _providers(document: Mapping[str, Any], problems: list[str]) -> list[Provider]:
    head = {key: value for key, value in document.items() if key not in {"format", "entries", "inputs"}}
    if "format" not in document:
        problems.append(f"format is missing; add `format = {FORMAT}` at the top")
    if isinstance(head.get("plugins"), Mapping):
        tables = head.pop("plugins")
        rows = [({"plugin": name, **table}, f"plugins.{name}.") for name, table in tables.items() if _is_table(table)]
        problems += [f"plugins.{name} is not a table" for name, table in tables.items() if not _is_table(table)]
        problems += [f"{key}: no such key next to [plugins]" for key in head]
    else:
        rows = [(head, "")]
    found = []
    for row, where in rows:
        provider = _parse(Provider, {"requirement": row.get("plugin"), **row}, where, problems)
        if provider is not None:
            found.append(provider)
            problems += [where + each for each in provider_problems(provider)]
    return found


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _entries(document: Mapping[str, Any], plugins: list[str], kinds: _Kinds, problems: list[str]) -> list[Entry]:
    tables = document.get("entries", {})
    if not isinstance(tables, Mapping):
        problems.append('entries: give each its own table, [entries."namespace/architecture.weights"]')
        return []
    only = {"plugin": plugins[0]} if len(plugins) == 1 else {}
    found = []
    for name, table in tables.items():
        where = f'entries."{name}".'
        if not isinstance(table, Mapping):
            problems.append(f"{where[:-1]} is not a table; quote ids, as they contain a slash and a dot")
            continue
        given = {**only, **table, "id": name}
        wrong: list[str] = []
        if isinstance(table.get("files"), Mapping):
            given["files"] = {key: _split(f"files.{key}", file, wrong) for key, file in table["files"].items()}
        if "input" in table:
            given["input"] = _input(table["input"], kinds, wrong) or _PLACEHOLDER
        entry = _parse(Entry, given, where, problems)
        problems += [where + each for each in wrong]
        if entry is not None and not wrong:
            found.append(entry)
            problems += [where + each for each in entry_problems(entry)]
    return found


_PLACEHOLDER = ImageInput("image", (1, 1))
"""Placeholder for an invalid input, so that other errors of the entry are found."""


def _split(where: str, file: Any, wrong: list[str]) -> Any:
    """Return a file's table with the first source of a list as ``source``, and the others as ``alternatives``."""
    if not isinstance(file, Mapping):
        return file
    if "alternatives" in file:
        wrong.append(f"{where}.alternatives: give all sources in {where}.source, as a list")
    sources = file.get("source")
    if not isinstance(sources, list) or not sources:
        return file
    return {**file, "source": sources[0], **({"alternatives": sources[1:]} if sources[1:] else {})}


def _input(table: Any, kinds: _Kinds, wrong: list[str]) -> InputContract | None:
    """Return the contract of an entry's table ``input``; if it is invalid, add errors to ``wrong`` and return None."""
    if not isinstance(table, Mapping):
        wrong.append(f"input: must be a table with kind and the fields of that kind (received {table!r:.80})")
        return None
    kind = table.get("kind")
    if kind is None:
        wrong.append(f"input.kind is missing: one of {', '.join(kinds.names())}")
    elif isinstance(kind, str) and kind in CORE_INPUTS:
        return _parse(CORE_INPUTS[kind], table, "input.", wrong)
    elif isinstance(kind, str) and (declared := kinds.find(kind)) is not None:
        wrong += declared.field_problems(table)
        return None if wrong else declared.contract(table)
    else:
        said = f"input.kind: no registry declares inputs of the kind {kind!r:.80}"
        wrong.append(f"{said}; {did_you_mean(str(kind), kinds.names())}")
    return None


def _ownership(providers: list[Provider], entries: list[Entry]) -> Iterator[str]:
    namespaces = {each.plugin: each.namespaces for each in providers}
    for entry in entries:
        if entry.plugin not in namespaces:
            yield f'entries."{entry.id}".plugin: {entry.plugin!r} is not a plugin of this file'
        elif entry.namespace not in namespaces[entry.plugin]:
            yield f'entries."{entry.id}": {entry.plugin!r} does not declare the namespace {entry.namespace!r}'
    times = Counter(name for entry in entries for name in (entry.id, *entry.aliases, *entry.replaces))
    yield from (
        f"{name!r} occurs twice, as id, alias or replaced entry" for name, count in sorted(times.items()) if count > 1
    )


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """Return the validator of a data class, whose construction takes longer than reading an entry."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _parse(kind: type[T], table: Mapping[str, Any], where: str, problems: list[str]) -> T | None:
    from pydantic import ValidationError

    adapter: TypeAdapter[T] = _adapter(cast("Hashable", kind))
    try:
        return adapter.validate_python(table)
    except ValidationError as error:
        problems.extend(where + _message(kind, each) for each in error.errors(include_url=False))
        return None


def _message(kind: type, error: ErrorDetails) -> str:
    """Return the text of a pydantic error with the key in the file: ``input.size: …``."""
    path = [str(part) for part in error["loc"]]
    if len(path) > 1:
        kind = _PARTS.get(path[0], kind)
    where = ".".join(path)
    if error["type"] == "unexpected_keyword_argument":
        return f"{where}: no such key; {did_you_mean(path[-1], [each.name for each in fields(kind)])}"
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]} (received {error['input']!r:.80})"
