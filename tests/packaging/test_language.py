"""Messages, help texts, docstrings and comments have none of the phrases that read as if translated."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import tlzoo

ROOT = Path(tlzoo.__file__).parent
PLAIN = (
    "api",
    "artifacts",
    "backbones",
    "cli",
    "data",
    "evaluation",
    "export",
    "files",
    "heads",
    "modalities",
    "objectives",
    "plugins",
    "process",
    "registry",
    "runs",
    "scores",
    "sklearn",
    "strategies",
    "testing",
    "trackers",
    "training",
    "zoo",
)
"""Subpackages whose texts were rewritten."""
AVOIDED = re.compile(
    r"(?<!there)(?<!\s)\s+is no (?!longer)\w+|\b(anew|mend(ed|s)?|at hand|becomes? of|that which|speaks? against"
    r"|makes of|otherwise than|go(es)? on (with|to)"
    r"|are told|is told|was told|one's own|such as do|for who|whole or not at all|lower-case)\b",
    re.IGNORECASE,
)
TEXTS = {tokenize.STRING, tokenize.COMMENT} | {getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield strings and comments with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
        if token.type in TEXTS and " " in token.string:
            yield token.start[0], re.sub(r"`+[^`]+`+", "code", token.string)


@pytest.mark.parametrize("package", PLAIN)
def test_a_package_has_plain_words(package: str) -> None:
    found = [
        (str(path.relative_to(ROOT)), line, phrase.group())
        for path in sorted((ROOT / package).rglob("*.py"))
        for line, text in texts(path)
        for phrase in AVOIDED.finditer(text)
    ]
    assert found == []
