"""Reader of a table: one pass that gathers columns and drops rows by policy."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tlzoo.data.adapters.tables.store import StringStore
from tlzoo.data.adapters.tables.times import Times
from tlzoo.data.adapters.tables.values import Categories, CellError, Flags, Gatherer, NameSets, Numbers, as_text, at
from tlzoo.data.missing import MissingError, Policy, is_missing, is_missing_word
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from tlzoo.data.adapters.tables.columns import Columns
    from tlzoo.data.adapters.tables.formats.open import Table
    from tlzoo.data.adapters.tables.formats.row import Row
    from tlzoo.progress import Progress

_STEP = 1000
"""Number of rows between progress reports."""

Sink: TypeAlias = tuple[int, Callable[[Any], None]]


@dataclass(slots=True)
class Content:
    """Content of a table: ``lines`` are those of the rows in use, ``missing`` those with empty cells, by column.

    ``inputs`` has the texts of a row one after the other, or its image: the path, or the file itself if
    ``images_inside``.
    """

    lines: array[int]
    inputs: StringStore
    labels: Categories | NameSets | None = None
    flags: dict[str, Flags] = field(default_factory=dict)
    targets: dict[str, Numbers] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    split: Categories | None = None
    time: Times | None = None
    group: Categories | None = None
    weight: Numbers | None = None
    missing: dict[str, array[int]] = field(default_factory=dict)
    images_inside: bool = False


def read_content(
    table: Table,
    path: Path,
    columns: Columns,
    separator: str | None,
    policies: Mapping[str, Policy],
    progress: Progress,
) -> Content:
    """Read all rows. ``separator`` separates the names in a label cell; None for one name per cell.

    Raises MissingError for empty cells without a policy, DataError with the line for a cell of the wrong
    type.
    """
    content = Content(lines=array("q"), inputs=StringStore())
    used = columns.used
    numeric = [name in columns.numeric for name in used]
    sinks = _sinks(content, columns, separator)
    total = table.count()
    with progress.track("reading", total, f"{table.unit}s") as advance:
        for line, row in _counted(table.rows(used), total, advance):
            cells = [
                None if is_missing(cell) or (number and is_missing_word(cell)) else cell
                for cell, number in zip(row, numeric, strict=True)
            ]
            if None in cells and _is_dropped(content, used, line, cells, policies):
                continue
            for position, sink in sinks:
                try:
                    sink(cells[position])
                except CellError as error:
                    raise at(error, f"{path}, {table.unit} {line}", used[position]) from error
            content.lines.append(line)
    content.inputs.close()
    refused = {name: content.missing[name] for name in used if _is_refused(name, content, policies)}
    if refused:
        raise MissingError(str(path), refused, table.unit)
    if not content.lines:
        why = "all rows were dropped" if content.missing else "it has a header but no rows"
        raise DataError(f"{path}: {why}", "add rows")
    return content


def _counted(rows: Iterator[Row], total: int, advance: Callable[[int], None]) -> Iterator[Row]:
    """Yield the rows, and report progress every thousand of them and at the end."""
    line = reached = 0
    for line, row in rows:
        yield line, row
        if line - reached >= _STEP:
            advance(line - reached)
            reached = line
    advance(max(total, line) - reached)


def _sinks(content: Content, columns: Columns, separator: str | None) -> list[Sink]:
    """Return the position of each role's cells, with the column that gathers them."""
    content.numbers = {name: Numbers() for name in columns.numbers}
    content.targets = {name: Numbers() for name in columns.target}
    gathered: list[tuple[str, Gatherer]] = [*content.numbers.items(), *content.targets.items()]
    if len(columns.label) > 1:
        content.flags = {name: Flags() for name in columns.label}
        gathered += content.flags.items()
    elif columns.label:
        content.labels = Categories() if separator is None else NameSets(separator)
        gathered.append((columns.label[0], content.labels))
    if columns.split:
        content.split = Categories()
        gathered.append((columns.split[0], content.split))
    if columns.time:
        content.time = Times()
        gathered.append((columns.time[0], content.time))
    if columns.group:
        content.group = Categories()
        gathered.append((columns.group[0], content.group))
    if columns.weight:
        content.weight = Numbers()
        gathered.append((columns.weight[0], content.weight))
    place = {name: position for position, name in enumerate(columns.used)}
    inputs: list[Sink] = [(place[name], partial(_put, content.inputs)) for name in columns.text]
    inputs += [(place[name], partial(_put_image, content)) for name in columns.image]
    return [*inputs, *((place[name], each.append) for name, each in gathered)]


def _put(store: StringStore, cell: Any) -> None:
    store.append(as_text("" if cell is None else cell))


def _put_image(content: Content, cell: Any) -> None:
    """Take a path, or a file as bytes; data sets of Hugging Face have both, one of them null."""
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    inside = isinstance(cell, bytes)
    if content.inputs and inside != content.images_inside:
        raise CellError("some images are paths, others are in the table itself")
    content.images_inside = inside
    content.inputs.append(cell if inside else as_text(cell))


def _is_dropped(
    content: Content, used: tuple[str, ...], line: int, cells: list[Any], policies: Mapping[str, Policy]
) -> bool:
    """Record the empty cells of a row, fill in constants, and return whether to drop the row."""
    dropped = False
    for position, name in enumerate(used):
        if cells[position] is None:
            content.missing.setdefault(name, array("q")).append(line)
            policy = policies[name]
            if policy.action == "constant":
                cells[position] = policy.constant
            dropped |= policy.action in {"drop", "refuse"}
    return dropped


def _is_refused(name: str, content: Content, policies: Mapping[str, Policy]) -> bool:
    return name in content.missing and policies[name].action == "refuse"
