"""``tfds:FOLDER``: a data set prepared by TensorFlow Datasets. Needs the extra ``tlzoo[tfds]``.

Only files on disk are read, by the library's read-only builder: no downloads, no code of builders.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from packaging.version import InvalidVersion, Version

from tlzoo.data.adapter_contract import with_reading_options
from tlzoo.data.adapters.prepared.splits import Parts, read_parts
from tlzoo.data.adapters.tables.columns import OPTIONS
from tlzoo.data.source import refuse_unknown_options
from tlzoo.errors import BytesRefusedError, DataError, UsageError, did_you_mean
from tlzoo.files.folders import expanded
from tlzoo.progress import Progress, Silent

if TYPE_CHECKING:
    from tlzoo.data.adapters.tables.formats.row import Row
    from tlzoo.data.contract import Samples

_OWN = "tensorflow_datasets."
_NAMES_A_CLASS = {"pythonClassName", "python_class_name", "type"}
"""A protobuf message in JSON may have both spellings of a field."""


@with_reading_options("alpha")
def tfds(location: str, options: Mapping[str, str], *, progress: Progress | None = None) -> Samples:
    """Open a prepared data set: its folder with ``dataset_info.json``, or ``NAME[/CONFIG][:VERSION]?data_dir=FOLDER``.

    Without a version, the newest one is read. Options for columns are those of ``table:``; without any of
    them, input and label are the supervised keys of the data set. Classes have the names in the data set.
    Splits are those of the data set if their names are train, validation, test or similar; others are skipped.

    Raises:
        UsageError: If the library is not installed or an option is unknown.
        DataError: If there is no prepared data set.
        BytesRefusedError: If the data set names classes outside the library: reading it would import them.
    """
    refuse_unknown_options("tfds", options, (*OPTIONS, "data_dir"))
    if find_spec("tensorflow_datasets") is None:
        raise UsageError("'tfds:' needs TensorFlow Datasets", "install tlzoo[tfds]")
    if not location:
        raise UsageError("'tfds:' has no data set", "add one, as in 'tfds:mnist?data_dir=FOLDER'")
    folder = _folder(location, options.get("data_dir"))
    _refuse_foreign_classes(folder)
    import tensorflow_datasets

    logging.getLogger("absl").addFilter(_without_deprecations)
    try:
        builder = tensorflow_datasets.builder_from_directory(folder)
    except Exception as error:  # the library raises errors of many libraries
        raise DataError(f"{folder} cannot be read: {error}", "prepare the data set again") from error
    columns = {name: value for name, value in options.items() if name != "data_dir"}
    if not {"text", "image", "label", "target"} & set(columns):
        columns |= _supervised(builder)
    parts = Parts([(str(name), _Prepared(builder, str(name))) for name in builder.info.splits])
    return read_parts(parts, folder, f"tfds:{location}", columns, progress or Silent())


@final
class _Prepared:
    """One split, with its records in the order of the files."""

    unit = "row"

    def __init__(self, builder: Any, split: str) -> None:
        self._builder = builder
        self._split = split
        self.columns = tuple(builder.info.features)

    def count(self) -> int:
        return int(self._builder.info.splits[self._split].num_examples)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        import tensorflow_datasets

        features = self._builder.info.features
        images = [name for name in columns if isinstance(features[name], tensorflow_datasets.features.Image)]
        decoding = tensorflow_datasets.decode.PartialDecoding(
            dict.fromkeys(columns, True) or {self.columns[0]: True},
            decoders={name: tensorflow_datasets.decode.SkipDecoding() for name in images},
        )
        records = self._builder.as_dataset(
            split=self._split,
            shuffle_files=False,
            decoders=decoding,
            read_config=tensorflow_datasets.ReadConfig(interleave_cycle_length=1),
        )
        for number, record in enumerate(tensorflow_datasets.as_numpy(records), start=1):
            yield number, [_plain(record[name], features[name], is_image=name in images) for name in columns]


def _plain(value: Any, feature: Any, *, is_image: bool) -> Any:
    """Return a value as a cell of a table: a text, a number, a class name, a list, or bytes of an image."""
    if is_image:
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    named = getattr(feature, "feature", feature)
    values = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(values, list):
        return [_plain(each, named, is_image=False) for each in values]
    if hasattr(named, "int2str") and isinstance(values, int):
        return named.int2str(values) if 0 <= values < named.num_classes else None
    return values


def _folder(location: str, data_dir: str | None) -> Path:
    if data_dir is None:
        folder = expanded(location)
        if not (folder / "dataset_info.json").is_file():
            fix = f"name the folder that has it, or the folder of all data sets: 'tfds:{location}?data_dir=FOLDER'"
            raise DataError(f"{folder} has no dataset_info.json; tlzoo does not download the data set", fix)
        return folder
    name, _, version = location.partition(":")
    above = expanded(data_dir) / name
    versions = {each.parent.name: each.parent for each in above.glob("*/dataset_info.json")}
    if not versions:
        inside = [each.name for each in expanded(data_dir).glob("*") if each.is_dir()]
        fix = did_you_mean(name, inside, valid="folders in it")
        raise DataError(f"{data_dir} has no prepared data set {name!r}; tlzoo does not download it", fix)
    if version and version not in versions:
        raise DataError(f"{name!r} has no version {version!r} in {data_dir}", did_you_mean(version, versions))
    return versions[version] if version else max(versions.items(), key=lambda each: _version(each[0]))[1]


def _version(folder: str) -> Version:
    """Return the version in a folder's name; 0 without one."""
    try:
        return Version(folder)
    except InvalidVersion:
        return Version("0")


def _refuse_foreign_classes(folder: Path) -> None:
    """Refuse features with foreign classes: the library would import the module that the data set names."""
    path = folder / "features.json"
    try:
        waiting = [json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read: {error}", "prepare the data set again") from error
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            with suppress(ValueError, RecursionError):  # features within a feature may be JSON in a text
                waiting.append(json.loads(value))
        elif isinstance(value, dict):
            for key, each in value.items():
                if key in _NAMES_A_CLASS and isinstance(each, str) and not each.startswith(_OWN):
                    raise BytesRefusedError(
                        f"{path} names the class {each!r} from outside TensorFlow Datasets",
                        "prepare the data set with plain features",
                    )
                waiting.append(each)
        elif isinstance(value, list):
            waiting += value


def _supervised(builder: Any) -> dict[str, str]:
    """Return the columns that the data set declares as input and label."""
    import tensorflow_datasets

    keys = builder.info.supervised_keys
    if not keys or len(keys) < 2 or not all(isinstance(each, str) for each in keys[:2]):  # noqa: PLR2004 - a pair
        return {}
    given, learned = keys[:2]
    features = builder.info.features
    is_image = isinstance(features[given], tensorflow_datasets.features.Image)
    is_class = isinstance(features[learned], tensorflow_datasets.features.ClassLabel)
    return {"image" if is_image else "text": given, "label" if is_class else "target": learned}


def _without_deprecations(record: logging.LogRecord) -> bool:
    return "is deprecated" not in record.getMessage()
