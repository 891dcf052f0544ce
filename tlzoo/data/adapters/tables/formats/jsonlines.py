"""JSON Lines: one object per line."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, final

from tlzoo.data.adapters.tables.formats.encoding import count_lines, lines, open_text
from tlzoo.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tlzoo.data.adapters.tables.formats.row import Row

_LOOKED_AT = 1000


@final
class JsonLines:
    """A file of objects. Columns are the names in the first thousand objects; an absent name is a missing cell."""

    options = ("encoding",)
    unit = "line"

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        """Read the first objects. Raises DataError for a file without objects."""
        self._path = path
        self._encoding = options.get("encoding")
        names: dict[str, None] = {}
        for _, record in islice(self._records(), _LOOKED_AT):
            names.update(dict.fromkeys(record))
        self.columns = tuple(names)
        if not names:
            raise DataError(f"{path} is empty", 'write one object per line, as in {"text": "…", "label": "…"}')

    def count(self) -> int:
        """Return the number of lines."""
        return count_lines(self._path)

    def rows(self, columns: Sequence[str]) -> Iterator[Row]:
        """Yield the line of each object, and its values of ``columns``, None for an absent one."""
        for number, record in self._records():
            yield number, [record.get(name) for name in columns]

    def _records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        with open_text(self._path, self._encoding) as text:
            for number, line in enumerate(lines(self._path, text), start=1):
                if not line.strip():
                    continue
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise DataError(f"{self._path}, line {number} is not JSON: {error}", _FIX) from error
                if not isinstance(record, dict):
                    raise DataError(f"{self._path}, line {number} is not an object: {line.strip()[:40]!r}", _FIX)
                yield number, record


_FIX = 'write one object per line, as in {"text": "…", "label": "…"}'
