"""The inputs of a table without their labels: what is to be predicted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.data.missing import policies_of
from tlzoo.data.tables.columns import OPTIONS, read_input_columns
from tlzoo.data.tables.inputs import texts_of
from tlzoo.data.tables.opening import open_table
from tlzoo.data.tables.reading import read_content

if TYPE_CHECKING:
    from collections.abc import Mapping


def table_inputs(location: str, options: Mapping[str, str]) -> list[tuple[str, ...]] | list[Path]:
    """Return the texts of every row, one or two, or the paths of its image, in order.

    ``options`` are those of ``table:``; what they say of labels is passed over. Raises DataError and UsageError as
    ``table`` does, for an empty cell too.
    """
    path = Path(location).expanduser()
    opened = open_table(path, options, OPTIONS)
    columns = read_input_columns(options, opened.columns, f"table:{location}")
    content = read_content(opened, path, columns, None, policies_of("", columns.used, columns.roles), None)
    if columns.image:
        paths = [content.inputs[row].decode("utf-8", "surrogatepass").strip() for row in range(len(content.lines))]
        return [path.parent / each for each in paths]
    texts = texts_of(content, path, columns)
    return [texts.text(row) for row in range(len(texts))]
