"""``hf:FOLDER``: a set that Hugging Face's ``datasets`` saved, or a folder of its Parquet files.

Both are Arrow's formats, with the features in the schema's metadata, so pyarrow reads them; the library is not needed,
and no script that lies beside the files is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from tlzoo.artifacts.formats.documents import parse_json, read_json
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


def hf(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a folder that ``save_to_disk`` wrote, or one of Parquet files whose names say their splits.

    The options that name columns are those of ``table:``. Classes have the names that the set gives them. Splits are
    the set's own, where they are called train, validation and test or nearly so; others are left out. Images that lie
    within the files are decoded as files are.

    Raises:
        DataError: If the folder is not there or holds neither.
        UsageError: For an unknown option or column.
    """
    refuse_unknown_options("hf", options, OPTIONS)
    if not location:
        raise UsageError("'hf:' names no folder", "write one behind it, as in 'hf:imdb/?text=text&label=label'")
    folder = expanded(location)
    if not folder.is_dir():
        raise DataError(f"no folder {str(folder)!r}", "nothing is downloaded: save the set there with save_to_disk")
    return read_parts(Parts(_parts(folder)), folder, f"hf:{location}", options, progress or Silent())


def _parts(folder: Path) -> list[tuple[str, Table]]:
    if (folder / "dataset_dict.json").is_file():
        names = _json(folder / "dataset_dict.json").get("splits", [])
        if not isinstance(names, list):
            file = folder / "dataset_dict.json"
            raise DataError(f"{file} has no list of splits", "the set is damaged: save it again")
        return [(str(name), _Saved(folder / Path(str(name)).name)) for name in names]
    if (folder / "state.json").is_file():
        return [("train", _Saved(folder))]
    files = sorted(each for each in folder.rglob("*.parquet") if each.is_file())
    if not files:
        raise DataError(
            f"{folder} holds neither a set that save_to_disk wrote nor Parquet files",
            "for CSV and JSON Lines write table:FILE",
        )
    of_split: dict[str, list[Path]] = {}
    for file in files:
        words = _WORDS.findall(str(file.relative_to(folder)).lower())
        split = next((word for word in words if word in SPLIT_NAMES), "train" if len(files) == 1 else "")
        if not split:
            raise DataError(f"{file} does not say its split", "put train, validation or test into its name")
        of_split.setdefault(split, []).append(file)
    return [(name, _Several([_ParquetPart(file, {}) for file in parts])) for name, parts in of_split.items()]


@final
class _Several:
    """Files of one split, one behind the other."""

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
    """A Parquet file whose schema may say the names of classes."""

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
        # A name with a folder in it would lead elsewhere: only its last part counts.
        self._files = [folder / Path(str(name)).name for name in names]
        if not self._files:
            raise DataError(f"{folder} has no data files", "save the set anew")
        with reading(self._files[0]), pa.memory_map(str(self._files[0])) as stream:
            self._schema = pa.ipc.open_stream(stream).schema
        self.columns = tuple(self._schema.names)

    def count(self) -> int:
        return 0  # streams do not say it

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
        raise DataError(f"{path} cannot be read: {error}", "the set is damaged: save it again") from error
    if not isinstance(value, dict):
        raise DataError(f"{path} holds no object", "the set is damaged: save it again")
    return value


def named_cells(schema: Any, columns: Sequence[str]) -> list[Callable[[Any], Any]]:
    """Return what turns the numbers of each column into names of classes, if the Arrow schema has such names."""
    try:
        features = parse_json((schema.metadata or {})[b"huggingface"], "the features")["info"]["features"]
    except (KeyError, TypeError, BytesRefusedError):
        features = {}
    if not isinstance(features, dict):
        features = {}
    return [partial(_name, _class_names(features.get(column))) for column in columns]


def _class_names(feature: Any) -> Sequence[str] | None:
    """Return the names of a feature of classes, or of a list of them."""
    if isinstance(feature, list) and len(feature) == 1:
        return _class_names(feature[0])
    if not isinstance(feature, dict):
        return None
    if feature.get("_type") == "ClassLabel" and isinstance(feature.get("names"), list):
        return [str(name) for name in feature["names"]]
    return _class_names(feature.get("feature"))


def _name(names: Sequence[str] | None, cell: Any) -> Any:
    """Return the name of a class, or of each of several; -1 is how a missing one is written."""
    if names is None or cell is None:
        return cell
    if isinstance(cell, list):
        return [_name(names, each) for each in cell]
    return names[cell] if isinstance(cell, int) and 0 <= cell < len(names) else None
