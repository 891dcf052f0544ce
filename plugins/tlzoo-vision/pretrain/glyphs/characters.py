"""Characters that may be classes: letters and symbols, except digits, numbers of any script, and emoji."""

from __future__ import annotations

import re
import unicodedata

from fontTools import unicodedata as font_unicodedata

# Held out from training: designs were compared by few-shot accuracy on them.
HELD_OUT_SCRIPTS = frozenset({"Hira", "Hebr", "Geor", "Telu"})

# Names of characters that are, contain or derive from a digit or number without a numeric value of their own.
NUMBER_WORDS = re.compile(
    r"\b(DIGIT|NUMBER|NUMERAL|NUMERIC|FRACTION|ZERO|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN|TWELVE|TWENTY"
    r"|HALF|QUARTER|QUARTERS|THIRD|FIFTH|SIXTH|EIGHTH|HUNDRED|THOUSAND|OTTAVA|QUINDICESIMA|DICE|DIE|DOMINO|PLAYING"
    r"|MAHJONG|RECYCLING|CLOCK|SEGMENTED|BIDENTAL)\b"
)

# Every code point with the Unicode property Emoji, rounded up to whole blocks where emoji are many.
EMOJI: tuple[tuple[int, int], ...] = (
    (0xA9, 0xA9), (0xAE, 0xAE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122), (0x2139, 0x2139),
    (0x2194, 0x2199), (0x21A9, 0x21AA), (0x231A, 0x231B), (0x2328, 0x2328), (0x23CF, 0x23CF), (0x23E9, 0x23FA),
    (0x24C2, 0x24C2), (0x25AA, 0x25AB), (0x25B6, 0x25B6), (0x25C0, 0x25C0), (0x25FB, 0x25FE), (0x2600, 0x27BF),
    (0x2934, 0x2935), (0x2B05, 0x2B07), (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x3030, 0x3030),
    (0x303D, 0x303D), (0x3297, 0x3297), (0x3299, 0x3299), (0x1F000, 0x1FAFF),
)  # fmt: skip


def is_allowed(code: int) -> bool:
    """Return whether the code point may be a class: a letter or symbol that is neither number nor emoji."""
    character = chr(code)
    if unicodedata.category(character)[0] not in "LS":
        return False
    return not is_numeric(code) and not is_emoji(code)


def is_numeric(code: int) -> bool:
    """Return whether the character or its NFKC form contains a digit or number, or its name does."""
    character = chr(code)
    parts = (character, *unicodedata.normalize("NFKC", character), *unicodedata.normalize("NFKD", character))
    if any(unicodedata.numeric(part, None) is not None or unicodedata.category(part)[0] == "N" for part in parts):
        return True
    return NUMBER_WORDS.search(unicodedata.name(character, "")) is not None


def is_emoji(code: int) -> bool:
    """Return whether the code point is in one of the ranges of `EMOJI`."""
    return any(first <= code <= last for first, last in EMOJI)


def script(code: int) -> str:
    """Return the ISO 15924 code of the character's script, such as `Latn`."""
    return str(font_unicodedata.script(chr(code)))
