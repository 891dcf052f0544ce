"""Suites: data sets, entries and label budgets on which strategies are compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from tlzoo.artifacts.formats.documents import parse_toml
from tlzoo.errors import BytesRefusedError, EntryError, UsageError, did_you_mean
from tlzoo.files.format_number import without_format
from tlzoo.runs import Recipe

__all__ = ["PACKAGED", "Case", "Suite", "read_suite"]

PACKAGED = Path(__file__).with_name("suite.toml")
"""The suite that is used if no other is given."""

_MOST_BYTES = 2**20
_OF_THE_BENCH = {"data", "backbone", "strategy", "seed", "per_class", "origin", "export"}
"""Recipe fields that the bench sets itself."""


@dataclass(frozen=True, slots=True)
class Case:
    """One data set with one entry and one label budget."""

    name: str
    data: str
    entry: str
    labels: int | None
    """Labelled examples per class, including validation; None: all."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Other fields of the recipe."""

    def recipe(self, seed: int) -> dict[str, Any]:
        """Return the fields of the recipe for a seed, without strategy."""
        budget = {} if self.labels is None else {"per_class": self.labels}
        own = {"data": self.data, "backbone": self.entry, "seed": seed, "export": ()}
        return {**self.fields, **budget, **own}


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of a suite."""

    name: str
    cases: tuple[Case, ...]
    file: str


class _Set(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    data: str
    entries: Annotated[tuple[str, ...], Field(min_length=1)]
    labels: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = None


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    sets: Annotated[dict[str, _Set], Field(min_length=1)]


def read_suite(path: Path | None = None) -> Suite:
    """Read a suite, and check its entries and recipe fields. No data are read.

    A suite is a TOML file. Each table ``sets.NAME`` has ``data``, ``entries``, and optionally ``labels`` (label budgets
    per class). Other keys are fields of recipes, of one set or, at the top, of all sets.

    Args:
        path: The file. None: the packaged suite.

    Returns:
        A case for each set, entry and label budget.

    Raises:
        UsageError: If the file is missing, has an unknown or invalid field, or repeats an entry or a label budget.
        EntryError: If an entry is unknown.
    """
    path = path or PACKAGED
    document = _parsed(path)
    common = _fields(document.model_extra or {}, str(path))
    cases: list[Case] = []
    for name, each in document.sets.items():
        where = f"{path}: set {name!r}"
        fields = common | _fields(each.model_extra or {}, where)
        cases += _cases(name, each, fields, where)
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{path}: {name!r} is there twice", "remove the repeated entry or label budget")
    return Suite(path.stem, tuple(cases), str(path))


def _parsed(path: Path) -> _Document:
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise UsageError(f"{path} has more than {_MOST_BYTES:,} bytes", "give a suite, a short TOML file")
        values = without_format(parse_toml(content, str(path)), str(path), error=UsageError)
    except OSError as error:
        raise UsageError(f"no suite {str(path)!r}: {error.strerror}", "give a TOML file with --suite") from error
    except BytesRefusedError as error:
        raise UsageError(error.what) from error
    try:
        return _Document.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"{path}: {where}: {first['msg'].lower()}",
            "each table [sets.NAME] needs data and entries, such as data = 'digits:' and entries = ['glyphnet']",
        ) from error


def _fields(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return recipe fields of a suite; raise UsageError for one that is unknown, or set by the bench."""
    known = [name for name in Recipe.model_fields if name not in _OF_THE_BENCH]
    for name in given:
        if name not in known:
            raise UsageError(
                f"{where}: unknown field {name!r}", did_you_mean(name, ["data", "entries", "labels", *known])
            )
    return dict(given)


def _cases(name: str, given: _Set, fields: Mapping[str, Any], where: str) -> Iterator[Case]:
    from tlzoo.plugins import catalog
    from tlzoo.runs import read_recipe

    for entry in given.entries:
        try:
            known = catalog().get(entry)
        except EntryError as error:
            raise EntryError(f"{where}: {error.what}", error.fix) from error
        for labels in given.labels or (None,):
            parts = [name] + [known.id] * (len(given.entries) > 1) + [f"{labels} labels"] * (labels is not None)
            case = Case(" ".join(parts), given.data, known.id, labels, fields)
            try:
                read_recipe(None, {}, base=case.recipe(0))
            except UsageError as error:
                raise UsageError(f"{where}: {error.what}", error.fix) from error
            yield case
