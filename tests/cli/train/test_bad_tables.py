"""A table that cannot be used is one line with its fix and an exit code, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

GOOD = "text,label\n" + "".join(f"text {at},{'xy'[at % 2]}\n" for at in range(20))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def written(here: Path, content: bytes | str, name: str = "t.csv") -> str:
    (here / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return f"table:{name}?text=text&label=label"


@pytest.mark.parametrize("command", ["inspect", "train"])
@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (GOOD + "a,x,y\n", 1, "t.csv, line 22 has 3 fields, the header 2; put fields with ',' in quotation"),
        (GOOD + "a\n", 1, "t.csv, line 22 has 1 field, the header 2; complete the line, or remove it"),
        (GOOD.encode() + b"caf\xe9,x\n", 1, "t.csv, line 22 is not UTF-8 (byte 0xe9); name its encoding, as in"),
        (GOOD.encode("utf-16-le"), 1, "t.csv is not a text file: line 1 has a NUL byte; save it as text, or"),
        (GOOD.replace("label", "labels", 1), 2, "table:t.csv has no column 'label'; did you mean 'labels'?"),
        ("", 1, "t.csv is empty; write the names of the columns into its first line, as in 'text,label'"),
        ("text,label\n", 1, "t.csv: it has a header but no rows; add rows"),
        (GOOD + "a" * 10_000_000 + ",x\n", 1, "t.csv, line 22 is longer than 4,194,304 characters; close open"),
        (GOOD + '"a,x\n' * 3, 1, "t.csv, lines 22 to 23: ',' expected after '\"'; double a quotation mark within"),
        (GOOD + "a\0b,x\n", 1, "t.csv is not a text file: line 22 has a NUL byte"),
        (b"\x7fELF\2\1\1" + bytes(100), 1, "t.csv is not a text file: line 1 has a NUL byte"),
        (b"PK\3\4" + bytes(100), 1, "t.csv is not a text file: it looks like a spreadsheet or a zip archive; save"),
        (GOOD.replace("text,label", "label,label", 1), 1, "t.csv: the header has the column 'label' twice; rename"),
        (GOOD.replace(",", ";"), 1, "t.csv: the header is one column, 'text;label'; is it 'delimiter=;'?"),
    ],
)
def test_a_bad_table_is_one_line_and_an_exit_code(
    tlzoo, here: Path, command: str, content: bytes | str, code: int, said: str
) -> None:
    source = written(here, content)
    words = (
        ("data", "inspect", source) if command == "inspect" else ("train", "--data", source, "--backbone", "glyphnet")
    )
    done = tlzoo(*words, "--quiet")
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"tlzoo: {said}")
    assert done.err.count("\n") == 1
    assert len(done.err) < 400
    assert [each.name for each in here.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("table:photographs.csv?text=text&label=label", 1, "file 'photographs.csv' does not exist; tables in '.'"),
        ("table:tt.csv?text=text&label=label", 1, "file 'tt.csv' does not exist; did you mean 't.csv'?"),
        ("table:.?text=text&label=label", 1, ". is a folder, not a table; name a file, or use images:."),
        ("table:t.csv", 2, "table:t.csv: which column is the input? text= or image= is missing; name it, as in"),
        ("table:t.csv?text=text", 2, "table:t.csv: which column is the label? label= or target= is missing; name it"),
        ("table:t.csv?text=text&lable=label", 2, "the source 'table:' has no option 'lable'; did you mean 'label'"),
        ("table:t.doc?text=text&label=label", 1, "file 't.doc' does not exist"),
        ("table:", 2, "'table:' has no file; add one, as in 'table:reviews.csv?text=…&label=…'"),
        ("t.csv", 2, "source 't.csv' has no scheme; did you mean 'table:t.csv'?"),
        ("hf:t.csv", 1, "folder 't.csv' does not exist; save the data set"),
    ],
)
def test_a_source_without_a_table_is_refused(tlzoo, here: Path, source: str, code: int, said: str) -> None:
    written(here, GOOD)
    done = tlzoo("data", "inspect", source, "--quiet")
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"tlzoo: {said}")
    assert done.err.count("\n") == 1


def test_a_single_class_is_refused_before_training(tlzoo, here: Path) -> None:
    for number in range(4):
        Image.new("RGB", (40, 40), (number, 0, 0)).save(here / f"{number}.png")
    (here / "t.csv").write_text("file,label\n" + "".join(f"{number}.png,x\n" for number in range(4)))
    source = "table:t.csv?image=file&label=label"
    done = tlzoo("train", "--data", source, "--backbone", "glyphnet", "--quiet")
    assert (done.code, done.err) == (1, "tlzoo: table:t.csv has only one class, 'x'; add samples of a second class\n")
    inspected = tlzoo("data", "inspect", source)
    assert inspected.code == 0
    assert (
        inspected.last
        == "cannot train on these data: table:t.csv has only one class, 'x'; add samples of a second class"
    )


def test_empty_cells_are_refused_with_their_lines_by_default(tlzoo, here: Path) -> None:
    source = written(here, GOOD + "a,\n,x\nb,\n")
    done = tlzoo("train", "--data", source, "--backbone", "glyphnet", "--quiet")
    assert done.code == 1
    assert done.err.startswith(
        "tlzoo: t.csv: 'text' is missing in 1 row (line 23); 'label' is missing in 2 rows (lines 22, 24); fill them, "
        "or set a policy for each column, as in --missing text=drop (or constant:VALUE"
    )
    assert tlzoo("data", "inspect", source, "--missing", "text=drop,lable=drop", "--quiet").code == 2
    told = tlzoo("data", "inspect", source, "--missing", "text=constant:none,label=drop")
    assert told.code == 0
    assert "has 21 samples in 2 classes" in told.out
    assert told.err.splitlines()[1:] == [
        "'label' was missing in 2 rows (t.csv:22, t.csv:24): the rows were dropped",
        "'text' was missing in 1 row (t.csv:23): filled with 'none'",
    ]


def test_a_backbone_for_images_refuses_texts(tlzoo, here: Path) -> None:
    done = tlzoo("train", "--data", written(here, GOOD), "--backbone", "glyphnet", "--quiet")
    assert done.code == 2
    assert "vision/glyphnet.glyphs takes vision, but table:t.csv?text=text&label=label is text" in done.err
