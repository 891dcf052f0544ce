"""Which characters may become classes."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _pretrain_is_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fontTools")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))


@pytest.mark.parametrize("character", ["A", "ß", "я", "あ", "∞", "√", "€", "ᐃ"])
def test_letters_and_symbols_are_allowed(character: str) -> None:
    from pretrain.glyphs.characters import is_allowed

    assert is_allowed(ord(character))


@pytest.mark.parametrize(
    "character",
    [
        *("7", "²", "½", "④", "⒎", "五", "㏠", "㍘", "♳", "ↂ"),
        "\N{ARABIC-INDIC DIGIT THREE}",
        "\N{BENGALI DIGIT FOUR}",
        "\N{ROMAN NUMERAL EIGHT}",
        "\N{MATHEMATICAL DOUBLE-STRUCK DIGIT ONE}",
        "\N{LATIN CAPITAL LETTER TONE TWO}",
        "\N{PLAYING CARD SEVEN OF SPADES}",
    ],
)
def test_whatever_is_or_shows_a_number_is_not(character: str) -> None:
    from pretrain.glyphs.characters import is_allowed

    assert not is_allowed(ord(character))


@pytest.mark.parametrize("character", ["☺", "⌚", "©", "🐱", "⭐"])
def test_emoji_are_not(character: str) -> None:
    from pretrain.glyphs.characters import is_allowed

    assert not is_allowed(ord(character))
