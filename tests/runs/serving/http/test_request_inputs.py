"""Inputs in requests: texts, files and arrays, and never the location of a file."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from tlzoo.errors import UsageError
from tlzoo.modalities import RawInputs
from tlzoo.modalities.numeric.raw_inputs import NumberInputs
from tlzoo.modalities.text.raw_inputs import TextInputs
from tlzoo.modalities.vision.raw_inputs import ImageInputs
from tlzoo.runs.serving.http.request_inputs import input_form, parse_json, raw_input

IMAGES = ImageInputs("images", ())
TEXTS, PAIRS = TextInputs("texts", ()), TextInputs("texts", (2,))
ROWS = NumberInputs("numbers", (3,))


@pytest.mark.parametrize(
    ("raw", "form"),
    [(IMAGES, "file"), (TEXTS, "text"), (PAIRS, "texts"), (ROWS, "array"), (RawInputs("x", ()), "file")],
)
def test_the_form_follows_from_the_reader(raw: RawInputs, form: str) -> None:
    assert input_form(raw) == form


def test_files_that_become_numbers_are_files() -> None:
    sounds = RawInputs("sounds", (None,))
    sounds.dtype = "float32"
    assert input_form(sounds) == "file"


@pytest.mark.parametrize(
    ("value", "raw", "expected"),
    [
        ("a book", TEXTS, "a book"),
        ("/etc/passwd", TEXTS, "/etc/passwd"),  # a text like any other
        (["one", "two"], PAIRS, ("one", "two")),
        ({"b64": base64.b64encode(b"file").decode()}, IMAGES, b"file"),
        (b"file", IMAGES, b"file"),
        ("1,2,3", ROWS, "1,2,3"),
    ],
)
def test_values_become_inputs(value: Any, raw: RawInputs, expected: Any) -> None:
    assert raw_input(value, raw) == expected


def test_lists_become_arrays() -> None:
    assert raw_input([1, 2.5, 3], ROWS).tolist() == [1, 2.5, 3]
    assert raw_input([[[0, 1, 2]] * 4] * 5, IMAGES).shape == (5, 4, 3)


@pytest.mark.parametrize(
    "value", ["/etc/passwd", "http://127.0.0.1/x.png", ["/etc/passwd"], {"b64": 3}, {}, None, True, 3]
)
def test_neither_paths_nor_addresses_are_opened(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlzoo.modalities.raw_inputs.read_path", lambda path: pytest.fail(f"opened {path}"))
    with pytest.raises(UsageError, match="paths and URLs are never opened"):
        raw_input(value, IMAGES)


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ([1, [2]], ROWS),
        ([[1, 2, 3]], ROWS),
        (["1", "2"], ROWS),
        ([10**30] * 3, ROWS),
        ({"b64": "****"}, IMAGES),
        ({"b64": "aGk=", "more": 1}, IMAGES),
        (["one"], PAIRS),
        ("one", PAIRS),
        (["one", "two"], TEXTS),
        ([1], TEXTS),
        ([], ROWS),
    ],
)
def test_other_values_are_refused(value: Any, raw: RawInputs) -> None:
    with pytest.raises(UsageError):
        raw_input(value, raw)


def test_large_documents_have_the_values_of_small_ones() -> None:
    value = [1, -2, 0.5, 1e300, "a", {"b64": "YQ=="}, [True, None]]
    large = parse_json(json.dumps([value] * 2000).encode())
    assert large[-1] == value
    assert [type(each) for each in large[-1][:3]] == [int, int, float]
    with pytest.raises(UsageError, match="the body is not JSON: "):
        parse_json(b"[1]" + b" " * 70_000 + b"1" * 5000)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[NaN]", b"[-Infinity]", b"[" * 100_000, b"1" * 5000])
def test_other_bodies_than_json_are_refused(body: bytes) -> None:
    with pytest.raises(UsageError, match="the body is "):
        parse_json(body)


def test_a_number_is_an_array_without_axes() -> None:
    scalar = RawInputs("states", ())
    scalar.dtype = "int64"
    scalar.is_input = lambda each: isinstance(each, np.ndarray)  # type: ignore[method-assign]
    assert raw_input(3, scalar).shape == ()


@pytest.mark.parametrize("raw", [IMAGES, ROWS])
def test_texts_among_numbers_are_refused_before_they_take_memory(raw: RawInputs) -> None:
    """NumPy makes room for the longest text in each place, four bytes a character: 80 GB for this input."""
    with pytest.raises(UsageError, match="this run takes"):
        raw_input([[1, "x" * 100_000], *([1, 2] for _ in range(100_000))], raw)
