"""Inputs from scikit-learn: tables of numbers, which it validates, and images, texts and paths."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_consistent_length, validate_data

from tlzoo.errors import DataError
from tlzoo.modalities.arrays import refuse_masked

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from tlzoo.data import Examples

__all__ = ["checked_inputs", "read_examples", "refuse_single"]

_IMAGE_RANK = 2
"""Number of axes of the smallest input that is not a row of a table."""
_BRIGHTEST = 255


def checked_inputs(estimator: BaseEstimator, given: Any, y: Any = None) -> Any:
    """Return inputs in readable form: a table of finite numbers float64 (N, columns), or raw inputs.

    ``y`` is given in ``fit``. Raises ValueError and TypeError for tables that scikit-learn rejects: sparse ones, ones
    with NaN, or with another number of columns than in ``fit``.
    """
    refuse_single(given)
    refuse_masked(given, "X")
    given = _only_column(given)
    fitting = y is not None
    if _is_table(given):
        table = validate_data(estimator, given, dtype=np.float64, reset=fitting)
    else:
        table = given if hasattr(given, "shape") else list(given)
        if getattr(getattr(given, "dtype", None), "kind", "") == "f" and given.ndim > _IMAGE_RANK:
            table = _as_bytes(estimator, np.asarray(given), fitting=fitting)
        if not len(table):
            raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
        if fitting:
            for name in ("n_features_in_", "feature_names_in_"):  # from an earlier fit on a table
                vars(estimator).pop(name, None)
    if fitting:
        check_consistent_length(table, y)
    return table


def refuse_single(given: Any) -> None:
    """Raise ValueError for one string, path or image where several inputs are needed."""
    if isinstance(given, str | bytes | PathLike) or hasattr(given, "getbands"):
        raise ValueError(f"X is a single {type(given).__name__}: {given!r:.60}. Give a list of inputs: [X]")


def read_examples(inputs: Any, backbone: str) -> tuple[Examples, np.ndarray]:
    """Return validated inputs as examples of the backbone's modality, with their digests.

    Raises DataError for inputs of another modality, and for unreadable inputs.
    """
    from tlzoo.data.adapters.memory.modality import read_inputs
    from tlzoo.plugins import catalog
    from tlzoo.progress import Silent

    modality = catalog().get(backbone).modality
    found = read_inputs([inputs], "X", {"modality": modality}, Silent())
    if found.set_aside:
        first = found.set_aside[0]
        raise DataError(f"{len(found.set_aside)} of {len(inputs)} inputs cannot be read: {first.name}: {first.reason}")
    return found.examples, found.digests


def _as_bytes(estimator: BaseEstimator, images: np.ndarray, *, fitting: bool) -> np.ndarray:
    """Return floating-point images as uint8; 0 to 1 is scaled to 0 to 255 if all training images were in 0 to 1.

    This is not decided by a prediction batch, which may be dark. Raises ValueError for values out of range.
    """
    if not images.size:
        return images
    low, high = float(images.min()), float(images.max())
    if fitting:
        vars(estimator)["_most"] = 1 if high <= 1 else _BRIGHTEST
    most = getattr(estimator, "_most", _BRIGHTEST)
    if not (low >= 0 and high <= most):  # also rejects NaN
        raise ValueError(f"Expected images with numbers in 0 to {most}. Received: {low:g} to {high:g}")
    if most > 1 and 0 < high <= 1 and (images % 1).any():
        what = f"X has fractions up to {high:g}, but the training images have values in 0 to {most}"
        warnings.warn(f"{what}. If X is scaled, give 255 * X", UserWarning, stacklevel=4)
    return np.rint(images * (_BRIGHTEST / most)).astype(np.uint8)


def _is_table(given: Any) -> bool:
    """Return whether inputs are rows of numbers, or invalid for scikit-learn; otherwise they are raw inputs.

    Raw inputs are strings, bytes, paths, pairs of strings, PIL images, and arrays of images.
    """
    if issparse(given) or hasattr(given, "columns") or not hasattr(given, "__len__"):
        return True
    kind = getattr(getattr(given, "dtype", None), "kind", "O")
    if kind in "US" or getattr(given, "ndim", 0) > _IMAGE_RANK:
        return False
    if kind not in "OTV" or getattr(given, "shape", None) == ():
        return True
    return not (len(given) and _is_raw(given.iloc[0] if hasattr(given, "iloc") else given[0]))


def _is_raw(first: Any) -> bool:
    if isinstance(first, str | bytes | Path) or hasattr(first, "getbands"):  # PIL's
        return True
    if isinstance(first, list | tuple):
        return bool(first) and (isinstance(first[0], str) or np.ndim(first) >= _IMAGE_RANK)
    return getattr(first, "ndim", 0) >= _IMAGE_RANK


def _only_column(given: Any) -> Any:
    """Return the only column of a data frame, if it has no numbers; otherwise the value itself."""
    columns = list(getattr(given, "columns", ()))
    if len(columns) != 1:
        return given
    column = given[columns[0]]
    values = column.to_list() if hasattr(column, "to_list") else list(column)
    return values if values and _is_raw(values[0]) else given
