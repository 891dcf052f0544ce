"""Frames of pandas and polars, and data sets of Hugging Face: rows with named columns.

They are read like tables, with the same options. These libraries are not imported here: whoever passes an object
has imported its library.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.data.adapters.memory.kinds import Content, library_of
from tlzoo.data.adapters.memory.samples import WHERE, where
from tlzoo.data.adapters.prepared.splits import Parts, read_parts
from tlzoo.data.adapters.tables.adapter import read_samples, read_unlabelled
from tlzoo.data.adapters.tables.columns import OPTIONS, ROLES, named_columns, read_columns, read_input_columns
from tlzoo.data.adapters.tables.times import TIME_PREFIX
from tlzoo.data.contract import Samples
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities.vision.image_arrays import is_image, png_of

if TYPE_CHECKING:
    from tlzoo.data.adapters.tables.columns import Columns
    from tlzoo.data.adapters.tables.formats.open import Table
    from tlzoo.data.adapters.tables.formats.row import Row
    from tlzoo.progress import Progress

__all__ = ["Frames"]

_LIBRARIES = ("pandas", "polars", "datasets")
_NAMING = ("column_names", "columns")
"""Attributes that name the columns: those of Hugging Face's data sets, and those of frames."""
_BATCH = 2048
_MAY_LACK = ("split", "group", "weight")
"""Roles of columns that data other than those of the run may lack."""
_BYTES_A_CELL = 100


@final
class Frames:
    """A frame, or a data set with columns. Options name the columns by role, as for ``table:``."""

    options: tuple[str, ...] = (*OPTIONS, "merge_labels")

    def recognizes(self, given: Any) -> bool:
        """Return whether an object is a frame of pandas or polars, or a data set of Hugging Face."""
        return library_of(given) in _LIBRARIES and any(hasattr(type(given), each) for each in _NAMING)

    def defaults(self, given: Any, known: Mapping[str, str]) -> dict[str, str]:
        """Return the options of other data that fit these columns."""
        columns = _names(given)
        return {
            name: value
            for name, value in known.items()
            if name in self.options
            and (
                name not in _MAY_LACK
                or value in columns
                or (name == "split" and value.removeprefix(TIME_PREFIX) in columns)
            )
        }

    def has_labels(self, given: Any, options: Mapping[str, str]) -> bool:
        """Return whether there is a column of labels."""
        columns = _names(given)
        named = [options[role] for role in ("label", "target") if role in options]
        if named:
            return all(each in columns for value in named for each in named_columns(value, columns))
        return any(role in columns for role in ("label", "target"))

    def read(self, data: Mapping[str, Any], options: Mapping[str, str], progress: Progress) -> Content:
        """Check the columns, and return the reader of the rows."""
        tables = [(name, _table(given)) for name, given in data.items()]
        parts = None if list(data) == [""] else Parts(tables)
        table: Table = tables[0][1] if parts is None else parts
        options = _with_roles(options, tables[0][1].columns)
        unlabelled = options.get("labels") == "none"
        for name, each in tables:
            columns = (read_input_columns if unlabelled else read_columns)(options, each.columns, where(name))
        fingerprint = _fingerprint(tables, columns, options, progress)
        source, path, known = f"memory:{fingerprint[:16]}", Path(WHERE), _Last()

        def read(asked: Mapping[str, str], shown: Progress) -> Samples:
            wanted = {name: value for name, value in asked.items() if name != "merge_labels"}
            if (found := known.get(wanted)) is not None:
                return found
            if _fingerprint(tables, columns, options, shown) != fingerprint:
                raise DataError(f"the data {source} changed in memory after they were read", "pass them again")
            if unlabelled:
                samples = read_unlabelled(table, path, source, wanted, shown)
            elif parts is not None:
                samples = read_parts(parts, path, source, wanted, shown)
            else:
                samples = read_samples(table, path, source, wanted, shown)
            return known.put(wanted, samples)

        cells = sum(part.count() for _, part in tables) * len(columns.used)
        return Content(fingerprint, options, cells * _BYTES_A_CELL, read)


class _Last:
    """The samples that were read last, with their options."""

    def __init__(self) -> None:
        self._kept: tuple[dict[str, str], Samples] | None = None

    def get(self, options: Mapping[str, str]) -> Samples | None:
        return self._kept[1] if self._kept is not None and self._kept[0] == options else None

    def put(self, options: Mapping[str, str], samples: Samples) -> Samples:
        self._kept = (dict(options), samples)
        return samples


@final
class _Frame:
    """A frame of pandas or polars. Rows are counted from 1."""

    unit = "row"

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._own = {str(name): name for name in frame.columns}
        self.columns = _unique([str(name) for name in frame.columns])

    def count(self) -> int:
        return len(self._frame)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        for begin in range(0, len(self._frame), _BATCH):
            some = self._frame.iloc if hasattr(self._frame, "iloc") else self._frame
            part = some[begin : begin + _BATCH]
            values = [_cells(part[self._own[name]]) for name in columns]
            for offset in range(len(part)):
                yield begin + offset + 1, [each[offset] for each in values]


@final
class _HuggingFace:
    """A data set of Hugging Face. Images stay encoded, and classes have their names."""

    unit = "row"

    def __init__(self, data: Any) -> None:
        if not hasattr(data, "num_rows"):
            fix = "load it without streaming=True"
            raise UsageError("data is a streaming Hugging Face data set, which can be read only in order", fix)
        if data.format["type"] == "custom":
            fix = "remove it with data.with_format(None); prepare rows with data.map(…), and augment with augment="
            raise UsageError(
                "data has a transform (set_transform), which may return different rows at each reading", fix
            )
        self._data = data
        self.columns = _unique(list(data.column_names))

    def count(self) -> int:
        return int(self._data.num_rows)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        from tlzoo.data.adapters.prepared.hugging_face import named_cells

        name_of = named_cells(self._data.features.arrow_schema, columns)
        number = 0
        for batch in self._data.select_columns(list(columns)).with_format("arrow").iter(_BATCH):
            values = [batch.column(name).to_pylist() for name in columns]
            for cells in zip(*values, strict=True):
                number += 1
                yield number, [name(cell) for name, cell in zip(name_of, cells, strict=True)]


def _table(given: Any) -> _Frame | _HuggingFace:
    if library_of(given) == "datasets":
        return _HuggingFace(given)
    if hasattr(given, "collect"):
        raise UsageError(f"data is a {type(given).__name__}, which has no rows yet", "give data.collect()")
    return _Frame(given)


def _names(given: Any) -> list[str]:
    if hasattr(given, "collect_schema"):  # polars: a frame or a plan for one
        return list(given.collect_schema().names())
    attribute = next(each for each in _NAMING if hasattr(given, each))
    names = getattr(given, attribute)
    return [] if names is None else [str(name) for name in names]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{WHERE} has the column {twice[0]!r} twice", "rename one of them")
    return tuple(names)


def _with_roles(options: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Return the options, completed by columns that are named like their role."""
    found = dict(options)
    wanted: list[tuple[tuple[str, ...], str]] = [(("text", "image"), "the input")]
    if options.get("labels") != "none":
        wanted.append((("label", "target"), "the label"))
    for roles, what in wanted:
        if any(role in found for role in roles) or ("numbers" in found and "text" in roles):
            continue
        called = [role for role in roles if role in columns]
        if len(called) != 1:
            names = ", ".join(map(repr, columns[:20]))
            raise UsageError(
                f"{WHERE}: which column is {what}? None is named {' or '.join(f'{role}=' for role in roles)}",
                f"give data=tlzoo.data.in_memory(frame, {roles[0]}=…); its columns: {names}",
            )
        found[called[0]] = called[0]
    if not any(role in options for role in ROLES):
        found |= {role: role for role in _MAY_LACK if role in columns}
    return found


def _cells(column: Any) -> list[Any]:
    """Return the cells of a column of a frame as plain values; None for an empty cell."""
    if hasattr(column, "notna"):  # pandas: NaN, NaT and NA are all missing
        column = column.astype(object).where(column.notna(), None)
    return [_cell(each) for each in column.to_list()]


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str | bytes | int | float | list | dict) or value is None:
        return value
    if is_image(value):
        return png_of(value)
    if isinstance(value, np.ndarray | tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value


def _fingerprint(
    tables: Sequence[tuple[str, Table]], columns: Columns, options: Mapping[str, str], progress: Progress
) -> str:
    """Return the SHA-256 over the cells of all used columns, their roles, the splits, and the other options."""
    digest = hashlib.sha256(repr(sorted(options.items())).encode())
    total = sum(table.count() for _, table in tables)
    with progress.track("hashing", total, "rows") as advance:
        for name, table in tables:
            digest.update(repr((name, table.count())).encode())
            for number, cells in table.rows(columns.used):
                for cell in cells:
                    value = _canonical(cell)
                    digest.update(b"%d:" % len(value) + value)
                if number % _BATCH == 0:
                    advance(_BATCH)
    return digest.hexdigest()


def _canonical(cell: Any) -> bytes:  # noqa: PLR0911 - one for each kind of cell
    """Return a cell as bytes, the same from every library."""
    match cell:
        case None:
            return b"none"
        case bytes():
            return b"bytes" + hashlib.sha256(cell).digest()
        case str():
            return b"text" + cell.encode("utf-8", "surrogatepass")
        case bool():  # not a number: as labels, true and 1 are different classes
            return b"truth%d" % cell
        case float() if cell != cell:  # noqa: PLR0124 - NaN alone differs from itself
            return b"none"
        case float() if cell.is_integer():
            return b"number%d" % int(cell)
        case list():
            return b"list" + b"".join(b"%d:" % len(each) + each for each in map(_canonical, cell))
        case dict():
            return _canonical(cell.get("bytes") or cell.get("path"))
        case _:
            return b"number" + repr(cell).encode()
