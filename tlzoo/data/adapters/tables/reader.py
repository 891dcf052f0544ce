"""One pass over a table: every row's cells go where their column is gathered, or the row is dropped."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from tlzoo.data.adapters.tables.store import StringStore
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
"""Rows from one report of progress to the next."""

Sink: TypeAlias = tuple[int, Callable[[Any], None]]


@dataclass(slots=True)
class Content:
    """What was read: ``lines`` says where each kept row is; ``missing`` where rows with empty cells are, by column.

    ``inputs`` has the texts of a row one behind the other, or its image: the path, or the file itself where
    ``images_inside``.
    """

    lines: array[int]
    inputs: StringStore
    labels: Categories | NameSets | None = None
    flags: dict[str, Flags] = field(default_factory=dict)
    targets: dict[str, Numbers] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)
    split: Categories | None = None
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
    """Read all rows. ``separator`` parts the names in a label's cell; None where a cell has one.

    Raises MissingError where cells are empty that may not be, DataError with the line of a cell that is not what its
    column holds.
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
        why = "no row is left of it" if content.missing else "it has a header and no rows"
        raise DataError(f"{path}: {why}", "add some")
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
    """Return what takes the cells of each role, with the cell's position."""
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
    """Take a path, or a file as bytes; Hugging Face's sets have both beside each other, one of them null."""
    if isinstance(cell, dict):
        cell = cell.get("bytes") or cell.get("path")
    inside = isinstance(cell, bytes)
    if content.inputs and inside != content.images_inside:
        raise CellError("some images are paths, and others are in the table itself")
    content.images_inside = inside
    content.inputs.append(cell if inside else as_text(cell))


def _is_dropped(
    content: Content, used: tuple[str, ...], line: int, cells: list[Any], policies: Mapping[str, Policy]
) -> bool:
    """Note the empty cells of a row, put constants there, and say whether the row goes."""
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
