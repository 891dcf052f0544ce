"""Inputs of ``predict``: what one is, what a list of them is, and what is neither."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tlzoo.data import table_inputs
from tlzoo.errors import DataError, UsageError
from tlzoo.modalities import RawInputs, find_modality
from tlzoo.runs.results.raw_inputs import as_inputs, check_offsets, inputs_from_file, refuse_others

TEXTS, PAIRS = (find_modality("text").raw_inputs(shape) for shape in ((), (2,)))
IMAGES = find_modality("vision").raw_inputs(())
FILES = RawInputs("sounds", ())


@pytest.mark.parametrize("given", ["lovely", b"lovely", Path("lovely.jpg"), 7])
def test_a_single_value_is_one_input(given: Any) -> None:
    assert as_inputs(given) == [given]


@pytest.mark.parametrize("given", [["a", "b"], ("a", "b"), iter("ab"), np.array(["a", "b"])])
def test_an_iterable_has_an_input_each(given: Any) -> None:
    assert [str(each) for each in as_inputs(given)] == ["a", "b"]


def test_bytes_in_another_container_are_one_input() -> None:
    assert as_inputs(bytearray(b"ab")) == as_inputs(memoryview(b"ab")) == [b"ab"]


@pytest.mark.parametrize(
    "given", [{"a": 1}, {"a"}, None, 1.5, SimpleNamespace(columns=["text"]), io.StringIO("a"), np.array("a")]
)
def test_other_containers_are_refused_by_type(given: Any) -> None:
    with pytest.raises(UsageError, match=f"not a value of type {type(given).__name__}; give one input or a list"):
        as_inputs(given)


@pytest.mark.parametrize(
    ("raw", "given", "said"),
    [
        (TEXTS, 3, "this run takes texts: strings, or paths of text files, not int: 3"),
        (TEXTS, ("a", "b"), "texts: strings, or paths of text files, not tuple"),
        (TEXTS, None, "not NoneType"),
        (PAIRS, "one", "pairs of texts: tuples of two strings, not str: 'one'"),
        (PAIRS, ("a", "b", "c"), "not tuple"),
        (IMAGES, np.zeros(3), "paths, URLs or bytes of image files, arrays or PIL images, not ndarray"),
        (FILES, 3, "this run takes paths or bytes of files, not int: 3"),
    ],
)
def test_an_invalid_input_is_refused_with_valid_ones(raw: RawInputs, given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        refuse_others(raw, [given])


@pytest.mark.parametrize(
    ("raw", "given", "said"),
    [
        (IMAGES, "none.jpg", "the file does not exist"),
        (IMAGES, "", "the path is empty"),
        (IMAGES, ".", "is a folder"),
        (IMAGES, "a\0b", "cannot be read"),
        (TEXTS, " \u200b", "the text is blank"),
        (PAIRS, ("a", ""), "the text is blank"),
        (TEXTS, b"\n ", "the text is blank"),
        (TEXTS, "caf\xe9\nth\xe9".encode("latin-1"), r"the text is not UTF-8 \(byte 3\); convert it to UTF-8"),
    ],
)
def test_an_unreadable_input_names_the_reason(raw: RawInputs, given: Any, said: str) -> None:
    refuse_others(raw, [given])
    with pytest.raises(DataError, match=said):
        raw.read(given)


def test_texts_of_a_shell_come_back_as_its_bytes() -> None:
    assert TEXTS.read("caf\udce9") == b"caf\xe9"
    assert TEXTS.read("\ud83d") == b"\xed\xa0\xbd"


def test_texts_with_offsets_have_no_lone_surrogates() -> None:
    task = SimpleNamespace(serving_outputs={"starts": "offsets"})
    check_offsets(task, "caf\u00e9")
    check_offsets(SimpleNamespace(serving_outputs={"label": "string"}), "caf\udce9")
    with pytest.raises(DataError, match="lone surrogate"):
        check_offsets(task, "caf\udce9")


def test_only_line_feeds_and_carriage_returns_end_a_line(tmp_path: Path) -> None:
    odd = ["a\x85b", "c\u2028d", "e\x0bf", "g\x0ch", "i\x1cj"]
    path = tmp_path / "new.txt"
    path.write_bytes("\r\n".join(odd).encode() + b"\rlast\n\n \n")
    assert inputs_from_file(SimpleNamespace(), str(path)) == [*odd, "last"]


def test_a_tab_parts_a_pair_and_belongs_to_a_single_text(tmp_path: Path) -> None:
    path = tmp_path / "new.txt"
    path.write_text("a\tb\nc\td\n")
    lines = inputs_from_file(SimpleNamespace(), str(path))
    assert PAIRS.expanded(lines) == [("a", "b"), ("c", "d")]
    assert TEXTS.expanded(lines) == ["a\tb", "c\td"]
    with pytest.raises(UsageError, match="pairs of texts: tuples of two strings, not str: 'e'"):
        refuse_others(PAIRS, PAIRS.expanded([*lines, "e"]))


def test_a_missing_cell_keeps_its_place_among_inputs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,image\na,1.png\n ,\nc,3.png\n")
    assert table_inputs(str(tmp_path / "t.csv"), {"text": "text"}) == [("a",), ("",), ("c",)]
    paths = table_inputs(str(tmp_path / "t.csv"), {"image": "image", "root": "photos"})
    assert paths == [Path("photos/1.png"), "", Path("photos/3.png")]


def test_a_text_that_is_the_name_of_a_file_is_found(tmp_path: Path) -> None:
    name = str(tmp_path / "t.txt")
    assert TEXTS.note(["lovely", name, "a\0b"]) is None
    (tmp_path / "t.txt").touch()
    assert TEXTS.note(["lovely", Path(name), name]).startswith(f"{name!r} is used as a text")
    assert IMAGES.note([name]) is None
