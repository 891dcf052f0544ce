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
    from pretrain.characters import is_allowed  # noqa: PLC0415 - importable only with the path above

    assert is_allowed(ord(character))


@pytest.mark.parametrize(
    "character",
    ["7", "٣", "৪", "²", "½", "Ⅷ", "④", "⒎", "五", "㏠", "㍘", "𝟙", "Ƨ", "♳", "\N{PLAYING CARD SEVEN OF SPADES}", "ↂ"],
)
def test_whatever_is_or_shows_a_number_is_not(character: str) -> None:
    from pretrain.characters import is_allowed  # noqa: PLC0415

    assert not is_allowed(ord(character))


@pytest.mark.parametrize("character", ["☺", "⌚", "©", "🐱", "⭐"])
def test_emoji_are_not(character: str) -> None:
    from pretrain.characters import is_allowed  # noqa: PLC0415

    assert not is_allowed(ord(character))
