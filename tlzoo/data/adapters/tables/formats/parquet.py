"""Parquet, by batches of rows."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tlzoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tlzoo.data.adapters.tables.formats.row import Row

_BATCH = 2048
_RATIO = 1032
"""Largest ratio of unpacked bytes or rows to bytes of the file, as for deflate, above an absolute minimum."""
_ANY_BYTES, _ANY_ROWS = 2**30, 10_000_000


class Parquet:
    """A Parquet file. Rows are counted from 1."""

    options: tuple[str, ...] = ()
    unit = "row"

    def __init__(self, path: Path, _options: Mapping[str, str]) -> None:
        """Read the schema. Raises DataError if the file is not Parquet."""
        self.path = path
        with reading(path), _open(path) as file:
            self.columns = tuple(file.schema_arrow.names)
        twice = sorted(name for name, count in Counter(self.columns).items() if count > 1)
        if twice:
            raise DataError(f"{path} has the column {twice[0]!r} twice", "rename one of them")

    def count(self) -> int:
        """Return the declared number of rows."""
        with reading(self.path), _open(self.path) as file:
            return int(file.metadata.num_rows)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the number of each row, from 1, and its values of ``columns``."""
        number = unpacked = 0
        packed = _RATIO * self.path.stat().st_size
        with reading(self.path), _open(self.path) as file:
            total = file.metadata.num_rows
            if total > packed + _ANY_ROWS:
                raise _too_large(self.path, f"{total:,} rows")
            for batch in file.iter_batches(_BATCH, columns=list(columns), use_threads=False):
                decoded = [_decoded(batch.column(name)) for name in columns]
                unpacked += sum(each.nbytes for each in decoded)
                if unpacked > packed + _ANY_BYTES:
                    raise _too_large(self.path, f"more than {unpacked:,} bytes")
                values = [each.to_pylist() for each in decoded]
                for cells in zip(*values, strict=True):
                    number += 1
                    yield number, list(cells)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn Arrow's errors for damaged files, including invalid UTF-8, into DataError."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _broken(path, error) from error


def _open(path: Path) -> Any:
    from pyarrow import parquet

    return parquet.ParquetFile(path)


def _decoded(column: Any) -> Any:
    """Return a column with one value per row, such that its size is that of its values."""
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def _too_large(path: Path, what: str) -> DataError:
    size = path.stat().st_size
    return DataError(f"{path} has {size:,} bytes and unpacks to {what}", "write the table with its own values only")


def _broken(path: Path, error: Exception) -> DataError:
    if path.is_file() and not path.stat().st_size:
        return DataError(f"{path} is empty", "write the table again")
    said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
    return DataError(
        f"{path} cannot be read as {'Arrow' if path.suffix == '.arrow' else 'Parquet'}: {said}",
        "it is damaged, or of another format",
    )
