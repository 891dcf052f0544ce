"""FastText's subwords and their hash for one word; ``subwords`` is the version for batches in a graph."""

from __future__ import annotations

__all__ = ["OFFSET", "PRIME", "subword_buckets"]

OFFSET, PRIME = 2166136261, 16777619
"""Constants of 32-bit FNV-1a, which fastText computes on sign-extended bytes."""

_END_OF_SENTENCE = b"</s>"


def subword_buckets(word: bytes, shortest: int, longest: int, buckets: int) -> list[int]:
    """Return fastText's buckets of all substrings with ``shortest`` to ``longest`` characters of ``<word>``.

    Single brackets are excluded. The end of a sentence has no subwords.

    Args:
        word: In UTF-8.
        shortest: Characters of the shortest subword.
        longest: Characters of the longest subword.
        buckets: Number of buckets.

    Returns:
        Buckets from 0 to ``buckets`` - 1, in the order of first characters, then of lengths.
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
    """Split bytes into characters of UTF-8."""
    places = [place for place, byte in enumerate(word) if byte & 0xC0 != 0x80]  # noqa: PLR2004
    return [word[begin:end] for begin, end in zip(places, [*places[1:], len(word)], strict=True)]
