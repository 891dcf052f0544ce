"""Definitions and example sentences of WordNet 3.0, as Debian's package ``wordnet-base`` contains them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["read_texts"]

_PARTS = ("noun", "verb", "adj", "adv")
_MOST_WORDS = 3
"""Synonyms of a definition that are named."""
_EXAMPLE = re.compile(r'"([^"]{15,})"')


def read_texts(folder: Path) -> list[str]:
    """Return the distinct texts of the files ``data.noun``, ``data.verb``, ``data.adj`` and ``data.adv``.

    >>> synset = '00001740 03 n 02 dog 0 house_dog 0 000 | a pet; "the dog barked all night"'
    >>> list(texts_of(synset))
    ['dog, house dog: a pet', 'the dog barked all night']
    """
    lines = (line for part in _PARTS for line in (folder / f"data.{part}").read_text("utf-8").splitlines())
    return list(dict.fromkeys(text for line in lines if not line.startswith("  ") for text in texts_of(line)))


def texts_of(line: str) -> Iterator[str]:
    """Yield a synset's words with their definition, and its examples; the format is in ``man wndb``."""
    data, _, gloss = line.partition(" | ")
    fields = data.split()
    count = min(int(fields[3], 16), _MOST_WORDS)
    words = [re.sub(r"\(.*\)", "", fields[4 + 2 * word]).replace("_", " ") for word in range(count)]
    definition = re.split(r';\s*"', gloss.strip())[0].strip().rstrip(";")
    yield f"{', '.join(words)}: {definition}"
    yield from _EXAMPLE.findall(gloss)
