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
PLUGINS = ROOT.parent / "plugins"
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
    "tasks",
    "testing",
    "trackers",
    "training",
    "zoo",
)
"""Subpackages of the core."""
FOLDERS = [
    *(ROOT / package for package in PLAIN),
    *(PLUGINS / plugin / plugin.replace("-", "_") for plugin in ("tlzoo-rl", "tlzoo-text", "tlzoo-vision")),
]
AVOIDED = re.compile(
    r"(?<!there)(?<!\s)\s+is no (?!longer|better)\w+|\b(anew|mend(ed|s)?|at hand|becomes? of|that which|speaks? against"
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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_package_has_plain_words(folder: Path) -> None:
    files = sorted(folder.rglob("*.py"))
    assert files
    found = [
        (str(path.relative_to(folder)), line, phrase.group())
        for path in files
        for line, text in texts(path)
        for phrase in AVOIDED.finditer(text)
    ]
    assert found == []
