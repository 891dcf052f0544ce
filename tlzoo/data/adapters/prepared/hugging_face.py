"""``hf:FOLDER``: a data set saved by Hugging Face's ``datasets``, or a folder of its Parquet files.

Both are Arrow formats with the features in the schema's metadata, so pyarrow reads them. The library is not needed,
and scripts in the folder are never executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from tlzoo.artifacts.formats.documents import parse_json, read_json
from tlzoo.data.adapter_contract import with_reading_options
from tlzoo.data.adapters.prepared.splits import Parts, read_parts
from tlzoo.data.adapters.tables.columns import OPTIONS
from tlzoo.data.adapters.tables.formats.parquet import Parquet, reading
from tlzoo.data.source import refuse_unknown_options
from tlzoo.data.splitting.split_names import SPLIT_NAMES
from tlzoo.errors import BytesRefusedError, DataError, UsageError
from tlzoo.files.folders import expanded
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    from tlzoo.data.adapters.tables.formats.open import Table
    from tlzoo.data.adapters.tables.formats.row import Row
    from tlzoo.data.contract import Samples

_WORDS = re.compile(r"[a-z]+")


@with_reading_options("alpha")
def hf(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder that ``save_to_disk`` wrote, or one of Parquet files that are named by split.

    Options for columns are those of ``table:``. Classes have the names in the data set. Splits are
    those of the data set if their names are train, validation, test or similar; others are skipped. Images
    in the files are decoded like image files.

    Raises:
        DataError: If the folder does not exist or has neither.
        UsageError: For an unknown option or column.
    """
    refuse_unknown_options("hf", options, OPTIONS)
    if not location:
        raise UsageError("'hf:' has no folder", "add one, as in 'hf:imdb/?text=text&label=label'")
    folder = expanded(location)
    if not folder.is_dir():
        raise DataError(
            f"folder {str(folder)!r} does not exist",
            "save the data set there with save_to_disk; tlzoo does not download it",
        )
    return read_parts(Parts(_parts(folder)), folder, f"hf:{location}", options, progress or Silent())


def _parts(folder: Path) -> list[tuple[str, Table]]:
    if (folder / "dataset_dict.json").is_file():
        names = _json(folder / "dataset_dict.json").get("splits", [])
        if not isinstance(names, list):
            file = folder / "dataset_dict.json"
            raise DataError(f"{file} has no list of splits", "the data set is damaged; save it again")
        return [(str(name), _Saved(folder / Path(str(name)).name)) for name in names]
    if (folder / "state.json").is_file():
        return [("train", _Saved(folder))]
    files = sorted(each for each in folder.rglob("*.parquet") if each.is_file())
    if not files:
        raise DataError(
            f"{folder} has neither a data set written by save_to_disk nor Parquet files",
            "for CSV and JSON Lines use table:FILE",
        )
    of_split: dict[str, list[Path]] = {}
    for file in files:
        words = _WORDS.findall(str(file.relative_to(folder)).lower())
        split = next((word for word in words if word in SPLIT_NAMES), "train" if len(files) == 1 else "")
        if not split:
            raise DataError(f"the name of {file} has no split", "add train, validation or test to its name")
        of_split.setdefault(split, []).append(file)
    return [(name, _Several([_ParquetPart(file, {}) for file in parts])) for name, parts in of_split.items()]


@final
class _Several:
    """Files of one split, one after the other."""

    unit = "row"

    def __init__(self, files: Sequence[Table]) -> None:
        self._files = files
        self.columns = files[0].columns

    def count(self) -> int:
        return sum(file.count() for file in self._files)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        for file in self._files:
            yield from file.rows(columns)


class _ParquetPart(Parquet):
    """A Parquet file; its schema may have names of classes."""

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        from pyarrow import parquet

        with reading(self.path):
            named = named_cells(parquet.read_schema(self.path), columns)
        for number, cells in super().rows(columns):
            yield number, [name(cell) for name, cell in zip(named, cells, strict=True)]


@final
class _Saved:
    """One split as ``save_to_disk`` writes it: Arrow streams, and ``state.json`` with their names."""

    unit = "row"

    def __init__(self, folder: Path) -> None:
        import pyarrow as pa

        entries = _json(folder / "state.json").get("_data_files", [])
        names = (
            [each.get("filename") for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        )
        # Only the last part of a name is used: a path would lead out of the folder.
        self._files = [folder / Path(str(name)).name for name in names]
        if not self._files:
            raise DataError(f"{folder} has no data files", "save the data set again")
        with reading(self._files[0]), pa.memory_map(str(self._files[0])) as stream:
            self._schema = pa.ipc.open_stream(stream).schema
        self.columns = tuple(self._schema.names)

    def count(self) -> int:
        return 0  # streams do not declare it

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        import pyarrow as pa

        named = named_cells(self._schema, columns)
        number = 0
        for file in self._files:
            with reading(file), pa.memory_map(str(file)) as stream:
                for batch in pa.ipc.open_stream(stream):
                    values = [batch.column(name).to_pylist() for name in columns]
                    rows = zip(*values, strict=True) if columns else [()] * batch.num_rows
                    for cells in rows:
                        number += 1
                        yield (
                            number,
                            [name(cell) for name, cell in zip(named, cells, strict=True)],
                        )


def _json(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path.resolve())
    except (OSError, BytesRefusedError) as error:
        raise DataError(f"{path} cannot be read: {error}", "the data set is damaged; save it again") from error
    if not isinstance(value, dict):
        raise DataError(f"{path} has no JSON object", "the data set is damaged; save it again")
    return value


def named_cells(schema: Any, columns: Sequence[str]) -> list[Callable[[Any], Any]]:
    """Return the converters of class indices to names, by column, if the Arrow schema has names."""
    try:
        features = parse_json((schema.metadata or {})[b"huggingface"], "the features")["info"]["features"]
    except (KeyError, TypeError, BytesRefusedError):
        features = {}
    if not isinstance(features, dict):
        features = {}
    return [partial(_name, _class_names(features.get(column))) for column in columns]


def _class_names(feature: Any) -> Sequence[str] | None:
    """Return the class names of a feature, or of a list of features."""
    if isinstance(feature, list) and len(feature) == 1:
        return _class_names(feature[0])
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        return [str(name) for name in feature["names"]]
    return _class_names(feature.get("feature"))


def _name(names: Sequence[str] | None, cell: Any) -> Any:
    """Return the name of a class, or of each of several; -1 is a missing label."""
    if names is None or cell is None:
        return cell
    if isinstance(cell, list):
        return [_name(names, each) for each in cell]
    return names[cell] if isinstance(cell, int) and 0 <= cell < len(names) else None
