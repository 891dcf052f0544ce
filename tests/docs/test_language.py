"""Pages have none of the phrases that read as if translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tlzoo

ROOT = Path(tlzoo.__file__).parents[1]
GENERATED = (ROOT / "docs/reference/python", ROOT / "docs/zoo/entries")
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if not set(GENERATED) & set(path.parents)),
    *sorted((ROOT / "plugins").glob("*/README.md")),
]
AVOIDED = re.compile(
    r"\b(anew|mend(ed|s)?|at hand|has become of|of which|for who|that which|speaks? against|otherwise than|goes? on"
    r"|set aside|(is|are|was|were) told|one's own|of (its|their|your) own (which|that))\b",
    re.IGNORECASE,
)


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a page outside of code, with their numbers."""
    in_code = False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and not line.startswith("    "):
            yield number, re.sub(r"`[^`]+`", "code", line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_plain_words(page: Path) -> None:
    assert not [(number, found.group()) for number, line in prose(page) if (found := AVOIDED.search(line))]
