"""FastText's subwords and their hash, for one word at a time; ``tokens`` has the same for a batch in a graph."""

from __future__ import annotations

__all__ = ["OFFSET", "PRIME", "subword_buckets"]

OFFSET, PRIME = 2166136261, 16777619
"""Of FNV-1a in 32 bits, which fastText computes of bytes with their sign extended."""

_END_OF_SENTENCE = b"</s>"


def subword_buckets(word: bytes, shortest: int, longest: int, buckets: int) -> list[int]:
    """Return the buckets of all runs of ``shortest`` to ``longest`` characters of ``<word>``, as fastText finds them.

    The brackets alone are none. The end of a sentence has none.
    """
    if word == _END_OF_SENTENCE:
        return []
    letters = _characters(b"<" + word + b">")
    found = []
    for begin in range(len(letters)):
        value = OFFSET
        for length, letter in enumerate(letters[begin : begin + longest], start=1):
            for byte in letter:
                value = ((value ^ (byte if byte < 128 else byte + 0xFFFFFF00)) * PRIME) % 2**32  # noqa: PLR2004
            alone = length == 1 and begin in {0, len(letters) - 1}
            if length >= shortest and not alone:
                found.append(value % buckets)
    return found


def _characters(word: bytes) -> list[bytes]:
    """Part bytes before each that begins a character of UTF-8."""
    places = [place for place, byte in enumerate(word) if byte & 0xC0 != 0x80]  # noqa: PLR2004
    return [word[begin:end] for begin, end in zip(places, [*places[1:], len(word)], strict=True)]
