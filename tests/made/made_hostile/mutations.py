"""Bytes that were a real file: some of them changed, cut, doubled, or taken from another file."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

_BYTES = (0, 1, 0x20, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0\0\0\x80", b"\xff\xff")
_LONGEST = 2**16


def mutated(files: Sequence[bytes], *, most: int = 6) -> SearchStrategy[bytes]:
    """Return a strategy for files with one to ``most`` changes."""
    place = st.floats(0, 1, exclude_max=True)
    span = st.integers(1, 64)
    change = st.one_of(
        st.tuples(st.just("flip"), place, st.integers(0, 7)),
        st.tuples(st.just("set"), place, st.sampled_from(_BYTES)),
        st.tuples(st.just("word"), place, st.sampled_from(_WORDS)),
        st.tuples(st.just("delete"), place, span),
        st.tuples(st.just("double"), place, span),
        st.tuples(st.just("insert"), place, st.binary(min_size=1, max_size=8)),
        st.tuples(st.just("cut"), place, st.just(0)),
        st.tuples(st.just("splice"), place, st.sampled_from(list(files))),
    )
    return st.builds(_changed, st.sampled_from(list(files)), st.lists(change, min_size=1, max_size=most))


def _changed(content: bytes, changes: Sequence[tuple[str, float, object]]) -> bytes:
    for what, place, value in changes:
        at = int(place * len(content))
        before, after = content[:at], content[at:]
        match what, value:
            case "flip", int(bit) if after:
                content = before + bytes([after[0] ^ (1 << bit)]) + after[1:]
            case "set", int(byte) if after:
                content = before + bytes([byte]) + after[1:]
            case "word", bytes(word):
                content = before + word + after[len(word) :]
            case "delete", int(count):
                content = before + after[count:]
            case "double", int(count):
                content = before + after[:count] * 2 + after[count:]
            case "insert", bytes(more):
                content = before + more + after
            case "cut", _:
                content = before
            case "splice", bytes(other):
                content = before + other[int(place * len(other)) :]
    return content[:_LONGEST]
