"""Text from outside cannot steer a terminal, and nothing in it stays hidden."""

from __future__ import annotations

import unicodedata

import pytest

from tlzoo.printable import READABLE, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, naïve 中文 😀\twith a tab\nand a line", "plain text, naïve 中文 😀\twith a tab\nand a line"),
        ("a\x1b]0;title\x07", r"a\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("over\rwritten\x08", r"over\rwritten\x08"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("pay\u200bpal\u2060\ufeff", r"pay\u200bpal\u2060\ufeff"),
        ("one\u2028two\x85", r"one\u2028two\x85"),
        ("hidden\U000e0041", r"hidden\U000e0041"),
        ("caf\udce9.jpg", r"caf\xe9.jpg"),
        ("\ud800", r"\ud800"),
    ],
)
def test_control_and_invisible_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_cell_stays_on_its_line() -> None:
    assert printable("a\tb\nc", one_line=True) == r"a\tb\nc"


def test_no_control_character_and_no_direction_gets_through() -> None:
    every = "".join(map(chr, range(0x110000)))
    left = {each for each in printable(every) if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}}
    assert left == {"\n", "\t"}
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not {each for each in printable(every) if unicodedata.bidirectional(each) in turning}


def test_a_terminal_that_lacks_a_character_gets_ascii() -> None:
    assert "reading … 3 \xd7 4 → 中".encode("latin-1", READABLE) == b"reading ... 3 \xd7 4 -> \\u4e2d"
