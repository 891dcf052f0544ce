"""The committed lists of characters hold letters and symbols only: no digit or number in any script, no emoji."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

LISTS = Path(__file__).parents[2] / "pretrain" / "glyphs"

# Unicode 15.1, emoji-data.txt: Emoji_Presentation below the supplementary planes; above, whole blocks.
EMOJI_PRESENTATION = (
    (0x231A, 0x231B), (0x23E9, 0x23EC), (0x23F0, 0x23F0), (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615),
    (0x2648, 0x2653), (0x267F, 0x267F), (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE),
    (0x26C4, 0x26C5), (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5),
    (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C),
    (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797), (0x27B0, 0x27B0), (0x27BF, 0x27BF),
    (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55), (0x1F000, 0x1FAFF),
)  # fmt: skip
NUMBERS = re.compile(r"\b(DIGIT|NUMBER|NUMERAL|ZERO|ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN)\b")


def characters(name: str) -> list[str]:
    lines = (LISTS / name).read_text(encoding="utf-8").splitlines()
    return [chr(int(line.split()[0].removeprefix("U+"), 16)) for line in lines if not line.startswith("#")]


@pytest.fixture(params=["classes.txt", "heldout.txt"])
def listed(request: pytest.FixtureRequest) -> list[str]:
    return characters(request.param)


def test_there_are_thousands_of_classes() -> None:
    assert len(characters("classes.txt")) >= 2000


def test_no_character_is_listed_twice() -> None:
    every = characters("classes.txt") + characters("heldout.txt")
    assert len(set(every)) == len(every)


def test_all_are_letters_or_symbols(listed: list[str]) -> None:
    assert [c for c in listed if unicodedata.category(c)[0] not in "LS"] == []


def test_none_is_a_digit_or_number(listed: list[str]) -> None:
    assert [c for c in listed if unicodedata.numeric(c, None) is not None] == []
    assert [c for c in listed if NUMBERS.search(unicodedata.name(c, ""))] == []


@pytest.mark.parametrize("form", ["NFKC", "NFKD"])
def test_none_contains_a_digit_after_decomposition(listed: list[str], form: str) -> None:
    def parts(character: str) -> str:
        return unicodedata.normalize(form, character)  # type: ignore[arg-type]

    assert [c for c in listed if any(unicodedata.numeric(part, None) is not None for part in parts(c))] == []


def test_none_is_an_emoji(listed: list[str]) -> None:
    assert [c for c in listed if any(low <= ord(c) <= high for low, high in EMOJI_PRESENTATION)] == []
