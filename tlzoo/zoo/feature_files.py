"""Feature files for other tools: Parquet or NumPy's ``.npz``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.files.atomic import atomic_write

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.zoo.features import Extraction

__all__ = ["check_feature_file", "write_features"]

_SUFFIXES = (".parquet", ".npz")


def check_feature_file(path: Path) -> None:
    """Raise UsageError if features cannot be written to this file, before anything is computed."""
    if path.suffix not in _SUFFIXES:
        raise UsageError(f"features cannot be written to {path}", f"use one of the extensions {', '.join(_SUFFIXES)}")
    if not path.parent.is_dir():
        raise UsageError(f"no folder {str(path.parent)!r} for {path.name}", "create it, or choose another folder")


def write_features(path: Path, samples: Samples, extraction: Extraction, backbone: str) -> None:
    """Write the columns ``name``, ``label``, ``split`` and ``features`` atomically, one row per sample.

    ``label`` is the name of the class; for multi-label data a row of 0 and 1, for regression a row of float32 numbers,
    for labels that are read on demand, such as masks, their description.
    ``split`` is ``train``, ``validation`` or ``test`` if the source declares it, else empty. ``features`` is float32: a
    list of fixed size in Parquet, an array (N, D) in ``.npz``, where the other names are plural (``names``, …).
    Labels with more axes, such as boxes, are flat rows in Parquet. Backbone and stages are in its metadata under
    ``tlzoo``, and in ``.npz`` as the string ``about``.
    """
    count = len(samples.examples)
    names = [samples.examples.name(index) for index in range(count)]
    as_text = samples.task.exclusive or samples.labels.dtype == object  # no file format has objects without pickle
    labels = [samples.task.show(label) for label in samples.labels] if as_text else samples.labels
    splits = np.full(count, "", dtype="U10")
    for split, positions in samples.given.items():
        splits[positions] = split
    task = {"task": samples.task.kind, "labels": samples.task.names}
    about = json.dumps({"backbone": backbone, "stages": extraction.stages, "data": samples.fingerprint} | task)
    features = np.ascontiguousarray(extraction.features, np.float32)
    if path.suffix == ".parquet":
        _write_parquet(path, {"name": names, "label": labels, "split": splits.tolist()}, features, about)
        return
    with atomic_write(path) as stream:
        np.savez(stream, names=names, labels=labels, splits=splits, features=features, about=about)


def _write_parquet(path: Path, columns: dict[str, Any], features: np.ndarray, about: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    def rows(values: np.ndarray) -> Any:
        return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.size // len(values))

    made = {
        name: rows(column) if isinstance(column, np.ndarray) else pa.array(column, pa.string())
        for name, column in columns.items()
    }
    table = pa.table({**made, "features": rows(features)}).replace_schema_metadata({"tlzoo": about})
    with atomic_write(path) as stream:
        parquet.write_table(table, stream)
