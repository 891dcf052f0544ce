"""``table:FILE?text=COLUMN&label=COLUMN``: inputs and their labels in a file of rows and columns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapters.class_options import class_order
from tlzoo.data.adapters.tables.columns import OPTIONS, Columns, read_columns, read_input_columns
from tlzoo.data.adapters.tables.formats.open import open_table
from tlzoo.data.adapters.tables.imputation import check_policies, impute
from tlzoo.data.adapters.tables.inputs import images_of, numbers_of, texts_of
from tlzoo.data.adapters.tables.labels import declared_splits, is_one_hot, labelled
from tlzoo.data.adapters.tables.reader import Content, read_content
from tlzoo.data.adapters.tables.values import NameSets
from tlzoo.data.contract import Samples
from tlzoo.data.inputs import Inputs
from tlzoo.data.missing import Missing, Policy, policies_of
from tlzoo.data.splitting.split_names import describe_splits
from tlzoo.data.unlabelled import UNLABELLED
from tlzoo.errors import DataError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.progress import Progress, Silent
from tlzoo.tasks import Labels, Task, task_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tlzoo.data.adapters.tables.formats.open import Table

_SHOWN = 3


def table(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a table: ``?text=COLUMN&label=COLUMN`` of CSV, TSV, JSON Lines or Parquet, by the suffix.

    ``text=A+B`` makes pairs of texts; ``numbers=C,D`` are written behind the text, and are rows of numbers if there is
    no text; ``image=COLUMN`` has paths of images instead, relative to the table or to ``root=FOLDER``; ``suffix=.jpg``
    is put behind them. ``label=COLUMN`` is a class, with ``labels=;`` several in a cell parted so, ``label=A,B`` a
    column of 0 and 1 for each class; where every row has a single 1 that is one class of several, unless
    ``task=multi-label``; ``target=COLUMN`` is a number to predict, or several.
    ``split=COLUMN`` says ``train``, ``validation`` or ``test``, ``group=COLUMN`` which rows belong into one split,
    ``weight=COLUMN`` how much a row counts. ``missing=COLUMN=POLICY`` says what becomes of empty cells, which are
    refused otherwise. ``encoding`` is UTF-8 or what the byte order mark says, ``delimiter`` the comma or in ``.tsv``
    the tab, unless given. Texts stay as they are; names lose the blanks around them.

    Raises:
        DataError: If the file is not there or is broken (with the line).
        MissingError: For empty cells.
        UsageError: For an unknown option or column.
    """
    if not location:
        raise UsageError("'table:' names no file", "write one behind it, as in 'table:reviews.csv?text=…&label=…'")
    path, source = expanded(location), f"table:{location}"
    opened = open_table(path, options, OPTIONS)
    return read_samples(opened, path, source, options, progress or Silent())


def read_samples(opened: Table, path: Path, source: str, options: Mapping[str, str], progress: Progress) -> Samples:
    """Read an opened table by the options that are about columns."""
    columns = read_columns(options, opened.columns, source)
    for name in ("alpha", "suffix", "root"):
        if name in options and not columns.image:
            raise UsageError(f"{source}: {name}= is about images, and there is no image column", "leave it out")
    policies = policies_of(options.get("missing", ""), columns.used, columns.roles)
    separator = _separator(options, columns, source)
    check_policies(columns, policies, several=separator is not None)
    content = read_content(opened, path, columns, separator, policies, progress)
    filled = impute(content, columns, policies)
    kept = _inputs(content, path, columns, options, progress)
    rows = kept.rows
    task, labels = labelled(content, source, _task(options, columns, source), _classes(options, columns, source))
    _refuse_lost_classes(task, labels, labels[rows], path)
    return Samples(
        source=source,
        task=task,
        examples=kept.examples,
        labels=labels[rows],
        digests=kept.digests,
        given=declared_splits(content.split, columns.split[0], source, rows) if content.split else {},
        set_aside=kept.set_aside,
        weights=content.weight.values.astype(np.float32)[rows] if content.weight else None,
        groups=content.group.codes[rows] if content.group else None,
        missing=tuple(_missing(content, path, policies, filled)),
        notes=(*kept.notes, *_notes(content, columns, options)),
    )


def read_unlabelled(opened: Table, path: Path, source: str, options: Mapping[str, str], progress: Progress) -> Samples:
    """Read the inputs of an opened table, without labels: what domain adaptation takes as its target."""
    columns = read_input_columns(options, opened.columns, source)
    policies = policies_of(options.get("missing", ""), columns.used, columns.roles)
    check_policies(columns, policies, several=False)
    content = read_content(opened, path, columns, None, policies, progress)
    filled = impute(content, columns, policies)
    kept = _inputs(content, path, columns, options, progress)
    return Samples(
        source=source,
        task=UNLABELLED,
        examples=kept.examples,
        labels=np.zeros(len(kept.rows), np.int64),
        digests=kept.digests,
        set_aside=kept.set_aside,
        missing=tuple(_missing(content, path, policies, filled)),
        notes=kept.notes,
    )


def _inputs(content: Content, path: Path, columns: Columns, options: Mapping[str, str], progress: Progress) -> Inputs:
    if columns.image:
        return images_of(content, path, options, progress)
    found = texts_of(content, path, columns) if columns.text else numbers_of(content, path)
    return Inputs(found, found.digests(), np.arange(len(found)))


def _separator(options: Mapping[str, str], columns: Columns, source: str) -> str | None:
    separator = options.get("labels")
    if separator is None:
        return None
    if not separator or len(columns.label) != 1:
        fix = "write such as 'label=genres&labels=;' for a column of several, or 'label=A,B' for a column each"
        raise UsageError(f"{source}: 'labels' parts the labels in the cells of one label column", fix)
    return separator


def _refuse_lost_classes(task: Task, labels: Labels, kept: Labels, path: Path) -> None:
    """Refuse where none of a class's images can be read: what is set aside must not change the task in silence."""
    if task.exclusive and len(kept) < len(labels):
        lost = sorted(set(range(len(task.class_names))) - set(kept.tolist()))
        if lost:
            name = task.class_names[lost[0]]
            fix = "mend its files, or take its rows out"
            raise DataError(f"no image of the class {name!r} in {path} can be read", fix)


def _task(options: Mapping[str, str], columns: Columns, source: str) -> type[Task] | None:
    kind = options.get("task")
    if kind is None:
        return None
    task = task_named(kind)
    if not _suits(task, columns, several="labels" in options):
        fix = "write task=classification or task=multi-label, for label=A,B,C"
        raise UsageError(f"{source}: task={kind} is not for these columns", fix)
    return task


def _classes(options: Mapping[str, str], columns: Columns, source: str) -> tuple[str, ...]:
    classes = class_order(options, source)
    if classes and (len(columns.label) != 1 or "labels" in options):
        raise UsageError(f"{source}: classes= is for one label column with one class a row", "leave it out")
    return classes


def _suits(task: type[Task], columns: Columns, *, several: bool) -> bool:
    """Return whether labels in these columns can be of a task.

    A single label column has one class a row, or ``several`` with a separator.
    """
    if columns.target:
        return task.names_key == "targets"
    if several:
        return task.names_key == "classes" and not task.exclusive
    return task.names_key == "classes" and (len(columns.label) > 1 or task.exclusive)


def _notes(content: Content, columns: Columns, options: Mapping[str, str]) -> Iterator[str]:
    if is_one_hot(content) and "task" not in options:
        count = len(content.flags)
        read = f"every row has a single 1 in {count} label columns: one class of {count}"
        yield f"{read}; task=multi-label keeps them apart"
    if isinstance(content.labels, NameSets):
        yield from _single_labels(content.labels)
    if content.split and (note := describe_splits(content.split.names, f"values of {columns.split[0]!r}")):
        yield note


def _single_labels(names: NameSets) -> Iterator[str]:
    if (names.table().sum(axis=1) == 1).all():
        yield "every row has a single label; without labels= it is one class of several"


def _missing(
    content: Content, path: Path, policies: Mapping[str, Policy], filled: Mapping[str, str]
) -> Iterator[Missing]:
    for name, lines in content.missing.items():
        policy = policies[name]
        first = tuple(f"{path.name}:{line}" for line in lines[:_SHOWN])
        done = {"drop": "the rows were dropped", "constant": f"{policy.constant!r} was put there"}.get(policy.action)
        yield Missing(name, len(lines), first, str(policy), done or f"imputed with {filled[name]}")
