"""Inputs and columns of every row of a table, without its labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.adapters.tables.cells import TableColumns
from tlzoo.data.adapters.tables.columns import OPTIONS, read_input_columns
from tlzoo.data.adapters.tables.formats.open import open_table
from tlzoo.data.adapters.tables.inputs import image_paths, image_root, numbers_of, texts_of
from tlzoo.data.adapters.tables.reader import read_content
from tlzoo.data.missing import Policy
from tlzoo.files.folders import expanded
from tlzoo.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tlzoo.data.columns import SampleColumns


def table_inputs(
    location: str, options: Mapping[str, str]
) -> list[tuple[str, ...]] | list[Path | str] | list[np.ndarray]:
    """Return the texts of every row, one or two, the path of its image, or its numbers, in order.

    ``options`` are those of ``table:``; those for labels are ignored. A row with a missing text or path
    is an empty string. Raises DataError and UsageError as ``table`` does.
    """
    path = expanded(location)
    opened = open_table(path, options, OPTIONS)
    columns = read_input_columns(options, opened.columns, f"table:{location}")
    kept = Policy("constant")
    policies = {name: Policy() if name in columns.numbers else kept for name in columns.used}
    content = read_content(opened, path, columns, None, policies, Silent())
    if columns.image:
        folder = image_root(path, options)
        return [folder / each if each else "" for each in image_paths(content, folder, options.get("suffix"))]
    if not columns.text:
        return list(numbers_of(content, path).rows)
    texts = texts_of(content, path, columns)
    return [texts.text(row) for row in range(len(texts))]


def table_columns(location: str) -> SampleColumns:
    """Return the columns of every row of a table, in order.

    A source of data that reads a table in its own way gives them to ``Samples``, for figures by subgroup.

    Raises:
        DataError: If the file does not exist or cannot be read.
    """
    opened = open_table(expanded(location), {}, ())
    lines = [line for line, _ in opened.rows(tuple(opened.columns[:1]))]
    return TableColumns(opened, np.asarray(lines, np.int64))
