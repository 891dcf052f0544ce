"""Source strings: any text, strings that are put together and taken apart again, and locations that are no data."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from hypothesis import strategies as st

from made_hostile.contract import DifferentAnswerError, Kind
from tlzoo.data import like_training, parse_source
from tlzoo.progress import Silent
from tlzoo.runs.opening.sources import open_any

_SCHEMES = ("images", "table", "arrays", "hf", "tfds", "keras", "digits", "memory", "nothing", "gym")
_PLACES = """. here none ~nobody here/t.csv here/t.jsonl here/x.npz here/t.parquet /dev/zero /dev/null /proc/self/mem
    mnist ../in here/t.csv/ here/pipe.csv"""
_LOCATIONS = (*_PLACES.split(), "", "~\0", "a\0b", "\ud800", "x" * 5000, "a/" * 3000)
_NAMES = """text label labels image target split group weight numbers missing encoding delimiter alpha suffix root task
    reduce_to merge_labels images data_dir other"""
_OPTIONS = _NAMES.split()
_WORDS = """text label a none true drop text=drop label=constant: text=impute utf-16 base64 rot13 idna punycode tab , é
    0 -1 unicode_escape 1e99 multi-label text+label text,label text+text % %2 %00 %ff"""
_VALUES = (*_WORDS.split(), "", "\\t", "\n", "x" * 3000)
_names = st.text(st.characters(exclude_characters="?&=%", exclude_categories=["Cs"]), min_size=1, max_size=8)
_pairs = st.dictionaries(_names, st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=3)


def feed_text(text: str, _folder: Path) -> None:
    parse_source(text)
    like_training(text, "images:a/?alpha=black")


def feed_parts(parts: tuple[str, str, dict[str, str]], _folder: Path) -> None:
    scheme, location, options = parts
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
    source = parse_source(f"{scheme}:{location}?{query}")
    expected = (scheme, location, options)
    if (source.scheme, source.location, dict(source.options)) != expected:
        raise DifferentAnswerError(f"{expected} came back as {source}")


def feed_opening(drawn: tuple[str, str, dict[str, str]], folder: Path) -> None:
    import os

    scheme, location, options = drawn
    here = folder / "here"
    here.mkdir()
    (here / "t.csv").write_text("text,label,a\none,x,1\ntwo,y,0\nthree,x,1\n")
    (here / "t.jsonl").write_text('{"text": "one", "label": "x", "a": 1}\n{"text": "two", "label": "y", "a": 0}\n')
    (here / "x.npz").write_bytes(b"PK\3\4")
    (here / "t.parquet").write_bytes(b"PAR1PAR1")
    os.mkfifo(here / "pipe.csv")
    query = "&".join(f"{name}={value}" for name, value in options.items())
    open_any(f"{scheme}:{location}?{query}", Silent())


KINDS = (
    Kind("sources", st.text(max_size=80), feed_text),
    Kind(
        "sources-round-trip",
        st.tuples(
            st.from_regex(r"[a-z][a-z0-9+.-]{1,8}", fullmatch=True),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(lambda text: text == text.strip()),
            _pairs,
        ),
        feed_parts,
    ),
    Kind(
        "sources-opened",
        st.tuples(
            st.sampled_from(_SCHEMES[:4]) | st.sampled_from(_SCHEMES),
            st.sampled_from(_LOCATIONS),
            st.dictionaries(st.sampled_from(_OPTIONS), st.sampled_from(_VALUES), max_size=4)
            | st.dictionaries(st.sampled_from(_OPTIONS), st.sampled_from(_VALUES), max_size=2).map(
                lambda more: {"text": "text", "label": "label"} | more
            ),
        ),
        feed_opening,
    ),
)
