"""Imputation of empty cells by statistics of the column's other cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.missing import Policy, is_missing
from tlzoo.data.splitting.split_names import split_of
from tlzoo.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tlzoo.data.adapters.tables.columns import Columns
    from tlzoo.data.adapters.tables.reader import Content

_LEARNED = "has the labels: the model would be tested on imputed ones"
_NEVER = {
    "text": ("has texts, which cannot be imputed", "use constant:VALUE or drop"),
    "image": ("has images, which cannot be imputed", "use drop"),
    "label": (_LEARNED, "use drop or constant:VALUE"),
    "target": (_LEARNED, "use drop"),
    "split": ("decides which rows are test samples", "use drop or constant:VALUE"),
    "time": ("decides which rows are test samples", "use drop"),
    "group": ("has groups, which cannot be imputed", "use drop or constant:VALUE"),
}


def check_policies(columns: Columns, policies: Mapping[str, Policy], *, several: bool) -> None:
    """Raise UsageError if a column's role forbids its policy: only numbers and weights are imputed.

    A blank constant is not a class, split or group; only a column of ``several`` labels accepts it, as no label.
    """
    named = {"split", "time", "group"} if several else {"split", "time", "group", "label"}
    for role, names in columns.roles.items():
        for name in names:
            if is_missing(policies[name].constant) and policies[name].action == "constant" and role in named:
                raise UsageError(f"--missing fills {name!r}, a {role}, with a blank", "use drop or constant:VALUE")
            if policies[name].action == "impute" and role in _NEVER:
                why, fix = _NEVER[role]
                raise UsageError(f"--missing cannot impute {name!r}: the column {why}", fix)


def impute(content: Content, columns: Columns, policies: Mapping[str, Policy]) -> dict[str, str]:
    """Impute columns with such a policy, and return a description of the value by column.

    Statistics are computed on declared training rows, or on all rows without a declared split. Raises
    DataError for a column without any value in them.
    """
    numeric = dict(content.numbers)
    if content.weight is not None:
        numeric[columns.weight[0]] = content.weight
    filled = {}
    for name, numbers in numeric.items():
        if policies[name].action == "impute" and name in content.missing:
            values = numbers.values
            value, said = _statistic(name, values[_known_rows(content, values)], policies[name])
            numbers.fill(value)
            filled[name] = said
    return filled


def _known_rows(content: Content, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    present = ~np.isnan(values)
    if content.split is None:
        return present
    trained = [split_of(name) == "train" for name in content.split.names]
    known: NDArray[np.bool_] = present & np.array(trained, bool)[content.split.codes]
    return known


def _statistic(name: str, values: NDArray[np.float64], policy: Policy) -> tuple[float, str]:
    if not len(values):
        raise DataError(f"column {name!r} has no value to impute from", "use drop or constant:VALUE")
    statistic = policy.statistic or "mean"
    if statistic == "most-frequent":
        distinct, counts = np.unique(values, return_counts=True)
        value = float(distinct[counts.argmax()])
    else:
        value = float(np.mean(values) if statistic == "mean" else np.median(values))
    return value, f"the {statistic.replace('-', ' ')}, {value:.6g}"
