"""``table:FILE?text=COLUMN&label=COLUMN``: inputs and labels in columns of a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapter_contract import with_label_options, with_reading_options
from tlzoo.data.adapters.class_options import class_order
from tlzoo.data.adapters.tables.cells import TableColumns
from tlzoo.data.adapters.tables.columns import OPTIONS, Columns, read_columns, read_input_columns
from tlzoo.data.adapters.tables.formats.open import open_table
from tlzoo.data.adapters.tables.imputation import check_policies, impute
from tlzoo.data.adapters.tables.inputs import images_of, numbers_of, texts_of
from tlzoo.data.adapters.tables.labels import declared_splits, is_one_hot, labelled
from tlzoo.data.adapters.tables.reader import Content, read_content
from tlzoo.data.adapters.tables.times import split_by_time
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


@with_label_options(
    "label", "labels", "target", "classes", "task", inputs=("text", "numbers", "image", "suffix", "root")
)
@with_reading_options("alpha")
def table(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a table: ``?text=COLUMN&label=COLUMN`` of CSV, TSV, JSON Lines or Parquet, by the suffix.

    ``text=A+B`` makes pairs of texts. ``numbers=C,D`` are appended to the text, or are rows of numbers if there is
    no text. ``image=COLUMN`` has paths of images, relative to the table or to ``root=FOLDER``; ``suffix=.jpg``
    is appended to them. ``label=COLUMN`` is a class; with ``labels=;`` a cell has several, separated by ``;``.
    ``label=A,B`` is a column of 0 and 1 for each class: classification if every row has a single 1, unless
    ``task=multi-label``. ``target=COLUMN`` is a number to predict, ``target=A,B`` several.
    ``split=COLUMN`` has ``train``, ``validation`` or ``test``; ``split=time:COLUMN`` tests on the latest rows, and
    validates on those before. ``group=COLUMN`` has the group of rows to keep in one split,
    ``weight=COLUMN`` the sample weight. ``missing=COLUMN=POLICY`` sets a policy for empty cells, which are
    refused without one. ``encoding`` defaults to UTF-8 or the byte order mark, ``delimiter`` to a comma or, in
    ``.tsv``, a tab. Texts are not changed; names are stripped of surrounding blanks. With ``labels=none`` only inputs
    are read.

    Raises:
        DataError: If the file does not exist or is broken (with the line).
        MissingError: For empty cells.
        UsageError: For an unknown option or column.
    """
    if not location:
        raise UsageError("'table:' has no file", "add one, as in 'table:reviews.csv?text=…&label=…'")
    path, source = expanded(location), f"table:{location}"
    opened = open_table(path, options, OPTIONS)
    if options.get("labels") == "none":
        return read_unlabelled(opened, path, source, options, progress or Silent())
    return read_samples(opened, path, source, options, progress or Silent())


def read_samples(opened: Table, path: Path, source: str, options: Mapping[str, str], progress: Progress) -> Samples:
    """Read an opened table with the options for columns."""
    columns = read_columns(options, opened.columns, source)
    for name in ("alpha", "suffix", "root"):
        if name in options and not columns.image:
            raise UsageError(f"{source}: {name}= needs an image column", "leave it out")
    policies = policies_of(options.get("missing", ""), columns.used, columns.roles)
    separator = _separator(options, columns, source)
    check_policies(columns, policies, several=separator is not None)
    content = read_content(opened, path, columns, separator, policies, progress)
    timed: tuple[str, ...] = ()
    if content.time:
        content.split, note = split_by_time(content.time, f"column {columns.time[0]!r}")
        timed = (note,)
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
        given=declared_splits(content.split, "".join(columns.split), source, rows) if content.split else {},
        set_aside=kept.set_aside,
        weights=content.weight.values.astype(np.float32)[rows] if content.weight else None,
        groups=content.group.codes[rows] if content.group else None,
        missing=tuple(_missing(content, path, policies, filled)),
        notes=(*kept.notes, *timed, *_notes(content, columns, options)),
        columns=TableColumns(opened, np.asarray(content.lines, np.int64)[rows]),
    )


def read_unlabelled(opened: Table, path: Path, source: str, options: Mapping[str, str], progress: Progress) -> Samples:
    """Read the inputs of an opened table without labels, as the target of domain adaptation."""
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
        fix = (
            "write 'label=genres&labels=;' for one column with several labels, or 'label=A,B' for one column per label"
        )
        raise UsageError(f"{source}: 'labels' is the separator in one label column", fix)
    return separator


def _refuse_lost_classes(task: Task, labels: Labels, kept: Labels, path: Path) -> None:
    """Refuse data in which no image of a class can be read: the task must not change silently."""
    if task.exclusive and len(kept) < len(labels):
        lost = sorted(set(range(len(task.class_names))) - set(kept.tolist()))
        if lost:
            name = task.class_names[lost[0]]
            fix = "repair its files, or remove its rows"
            raise DataError(f"no image of class {name!r} in {path} can be read", fix)


def _task(options: Mapping[str, str], columns: Columns, source: str) -> type[Task] | None:
    kind = options.get("task")
    if kind is None:
        return None
    task = task_named(kind)
    if not _suits(task, columns, several="labels" in options):
        fix = "use task=classification or task=multi-label, with label=A,B,C"
        raise UsageError(f"{source}: task={kind} does not fit these columns", fix)
    return task


def _classes(options: Mapping[str, str], columns: Columns, source: str) -> tuple[str, ...]:
    classes = class_order(options, source)
    if classes and (len(columns.label) != 1 or "labels" in options):
        raise UsageError(f"{source}: classes= needs one label column with one class per row", "leave it out")
    return classes


def _suits(task: type[Task], columns: Columns, *, several: bool) -> bool:
    """Return whether labels in these columns fit a task.

    A single label column has one class per row, or ``several`` with a separator.
    """
    if columns.target:
        return task.names_key == "targets"
    if several:
        return task.names_key == "classes" and not task.exclusive
    return task.names_key == "classes" and (len(columns.label) > 1 or task.exclusive)


def _notes(content: Content, columns: Columns, options: Mapping[str, str]) -> Iterator[str]:
    if is_one_hot(content) and "task" not in options:
        count = len(content.flags)
        read = f"every row has a single 1 in {count} label columns: the task is classification with {count} classes"
        yield f"{read}; task=multi-label makes it multi-label"
    if isinstance(content.labels, NameSets):
        yield from _single_labels(content.labels)
    if (
        columns.split
        and content.split
        and (note := describe_splits(content.split.names, f"values of {columns.split[0]!r}"))
    ):
        yield note


def _single_labels(names: NameSets) -> Iterator[str]:
    if (names.table().sum(axis=1) == 1).all():
        yield "every row has a single label; leave out labels= for classification"


def _missing(
    content: Content, path: Path, policies: Mapping[str, Policy], filled: Mapping[str, str]
) -> Iterator[Missing]:
    for name, lines in content.missing.items():
        policy = policies[name]
        first = tuple(f"{path.name}:{line}" for line in lines[:_SHOWN])
        done = {"drop": "the rows were dropped", "constant": f"filled with {policy.constant!r}"}.get(policy.action)
        yield Missing(name, len(lines), first, str(policy), done or f"imputed with {filled[name]}")
