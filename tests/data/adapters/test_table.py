"""Tables of texts: what is read from them, and what is refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pyarrow as pa
import pytest
from made_progress import Telling
from pyarrow import parquet

from tlzoo.data import Samples, table
from tlzoo.data.adapters.tables.formats.parquet import Parquet
from tlzoo.errors import DataError, UsageError

Open = Callable[..., Samples]
AWKWARD = 'text,label\n"two\nlines, and a ""word""",pos\nplain,neg\nüñí 🙂, pos \n'


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Write a table and open it."""

    def write(content: str | bytes, name: str = "t.csv", **options: str) -> Samples:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return table(str(path), {"text": "text", "label": "label", **options})

    return write


def texts(samples: Samples) -> list[str]:
    order = np.arange(len(samples.examples))
    return [each.decode() for each in samples.examples.stream(order).as_numpy_iterator()]


def test_quotes_embedded_newlines_and_other_scripts_come_through(opened: Open) -> None:
    samples = opened(AWKWARD)
    assert texts(samples) == ['two\nlines, and a "word"', "plain", "üñí 🙂"]
    assert samples.task.classes == ("neg", "pos")
    assert samples.labels.tolist() == [1, 0, 1]


def test_a_sample_is_called_by_the_line_where_it_starts(opened: Open) -> None:
    samples = opened(AWKWARD)
    assert [samples.examples.name(each).rpartition(":")[2] for each in range(3)] == ["2", "4", "5"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_sets_the_encoding(opened: Open, encoding: str) -> None:
    assert texts(opened(AWKWARD.encode(encoding)))[2] == "üñí 🙂"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le"])
def test_an_encoding_can_be_named(opened: Open, encoding: str) -> None:
    samples = opened("text,label\ncafé,a\nthé,b\n".encode(encoding), encoding=encoding)
    assert texts(samples) == ["café", "thé"]


@pytest.mark.parametrize(("name", "options"), [("t.tsv", {}), ("t.csv", {"delimiter": "tab"})])
def test_tabs_separate(opened: Open, name: str, options: dict[str, str]) -> None:
    assert texts(opened("text\tlabel\na, b\tx\nc\ty\n", name, **options)) == ["a, b", "c"]


def test_classes_are_sorted_naturally(opened: Open) -> None:
    assert opened("text,label\na,10\nb,9\nc,2\n").task.classes == ("2", "9", "10")


def test_a_pair_of_columns_is_one_input_of_two_texts(opened: Open) -> None:
    samples = opened("premise,hypothesis,label\na,b,x\nc,d,y\n", text="premise+hypothesis")
    stream = samples.examples.stream(np.array([1, 0]))
    assert stream.element_spec.shape == (2,)
    assert [each.tolist() for each in stream.as_numpy_iterator()] == [[b"c", b"d"], [b"a", b"b"]]


def test_a_column_has_the_splits(opened: Open) -> None:
    samples = opened("text,label,part\na,x,Train\nb,y,dev\nc,x,test\nd,y,training\n", split="part")
    assert {name: rows.tolist() for name, rows in samples.given.items()} == {
        "train": [0, 3],
        "validation": [1],
        "test": [2],
    }


def test_contents_and_labels_decide_the_fingerprint(opened: Open) -> None:
    first = opened("text,label\na,x\nb,y\n").fingerprint
    assert opened("label,text,more\nx,a,1\ny,b,2\n", "u.csv").fingerprint == first
    assert opened("text,label\na,x\nc,y\n").fingerprint != first
    assert opened("text,label\na,y\nb,x\n").fingerprint != first


def test_pairs_that_join_to_one_text_differ(opened: Open) -> None:
    samples = opened("p,q,label\nab,c,x\na,bc,y\n", text="p+q")
    assert len(np.unique(samples.digests, axis=0)) == 2


def test_data_larger_than_memory_is_stored_on_disk(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlzoo.data.adapters.tables.store._IN_MEMORY", 1000)
    monkeypatch.setattr("tlzoo.data.adapters.tables.store._AT_ONCE", 300)
    rows = [f"text number {each}\nin lines" for each in range(500)]
    samples = opened("text,label\n" + "".join(f'"{row}",{at % 2}\n' for at, row in enumerate(rows)))
    assert texts(samples) == rows


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\na,x\nb,y,z\n", "line 3 has 3 fields, the header 2; put fields with ',' in quotation"),
        ("text,label\na,x\nb\n", "line 3 has 1 field, the header 2; complete the line, or remove it"),
        (
            b"text,label\na,x\ncaf\xe9,y\n",
            "line 3 is not UTF-8 (byte 0xe9); name its encoding, as in 'encoding=cp1252'",
        ),
        ("", "is empty; write the names of the columns into its first line"),
        ("text,label\n", "has a header but no rows"),
        ("text,label,text\na,x,b\n", "the header has the column 'text' twice; rename one of them"),
        ("text;label\na;x\n", "the header is one column, 'text;label'; is it 'delimiter=;'?"),
        ("text,label\na,x\nb\0c,y\n", "is not a text file: line 3 has a NUL byte"),
        ("text,label\n" + "a,x\n" * 20_000 + "b\0c,y\n", "line 20002 has a NUL character; remove it, or name"),
        ("text,label\n" + "a" * 10_000_000 + ",x\n", "line 2 is longer than 4,194,304 characters"),
        ('text,label\na,x\n"b,y\n' + "a,x\n" * 2_000_000, "a field of more than 4,194,304 characters; is a quotation"),
        ('text,label\na,x\n"b,y\na,x\n', "lines 3 to 4: a quotation mark is not closed until the end of the file"),
        ('text,label\n"a" b,x\n', "line 2: ',' expected after '\"'; double a quotation mark within"),
        (b"PK\x03\x04 and so on", "is not a text file: it looks like a spreadsheet or a zip archive; save the sheet"),
        ("text,label\na,x\n,y\nb,\nc,y\n,x\n", "'text' is missing in 2 rows (lines 3, 6)"),
    ],
)
def test_a_bad_table_is_reported_with_its_line(opened: Open, content: str | bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        opened(content)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"text": "txt"}, "has no column 'txt'; did you mean 'text'?"),
        ({"label": ""}, "which column is the label? label= or target= is missing; name it, as in"),
        ({"lable": "x"}, "has no option 'lable'; did you mean 'label' or 'labels'?"),
        ({"encoding": "utf-9"}, "unknown encoding 'utf-9'; use one such as utf-8"),
        ({"encoding": "base64"}, "unknown encoding 'base64'"),
        ({"delimiter": "xy"}, "delimiter 'xy' is not one character; use one"),
        ({"text": "text+label+text"}, "3 text columns; name one, or two for a pair"),
    ],
)
def test_wrong_options_are_reported(opened: Open, options: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened("text,label\na,x\n", **options)
    assert said in str(caught.value)


def test_a_late_undecodable_byte_is_reported_with_its_line(opened: Open) -> None:
    with pytest.raises(DataError, match="line 90002 is not UTF-8"):
        opened(b"text,label\n" + b"caf\xc3\xa9,x\n" * 90_000 + b"caf\xe9,y\n")


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("text,label\na,x\n")
    options = {"text": "text", "label": "label"}
    with pytest.raises(DataError, match=r"did you mean 'reviews.csv'\?"):
        table(str(tmp_path / "review.csv"), options)
    with pytest.raises(DataError, match="is a folder, not a table"):
        table(str(tmp_path), options)


@pytest.mark.parametrize(("content", "fix"), [("it\u2019s", "encoding=cp1252"), ("caf\u00e9", "encoding=cp1252")])
def test_cp1252_is_suggested_where_it_reads_the_file(opened: Open, content: str, fix: str) -> None:
    with pytest.raises(DataError, match=fix):
        opened(f"text,label\n{content},x\n".encode("cp1252"))
    with pytest.raises(DataError, match="such as encoding=shift_jis"):
        opened(f"text,label\n{content},x\n".encode("cp1252") + b"\x81\x8d,y\n")


def test_windows_quotes_read_as_latin_1_are_refused(opened: Open) -> None:
    content = "text,label\ncaf\u00e9,y\nit\u2019s,x\n".encode("cp1252")
    assert texts(opened(content, encoding="cp1252")) == ["caf\u00e9", "it\u2019s"]
    with pytest.raises(DataError, match=r"line 3 has the control character U\+0092; .*encoding=cp1252"):
        opened(content, encoding="latin-1")


def test_trailing_commas_are_not_columns(opened: Open) -> None:
    samples = opened("text,label,,\na,x,,\nb,y,,\nc,x,,,,\n")
    assert samples.task.classes == ("x", "y")
    assert len(samples.labels) == 3
    with pytest.raises(DataError, match="has 5 fields, the header 4"):
        opened("text,label,,\na,x,,,z\n")
    assert len(opened("text,label,,\na,x\nb,y,\n").labels) == 2
    with pytest.raises(DataError, match="has 1 field, the header 3"):
        opened("text,label,\na,x\nb\n")


def test_a_header_of_300_000_columns_is_read_in_a_second(opened: Open) -> None:
    names = [f"c{at}" for at in range(300_000)]
    content = "\n".join([",".join(["text", "label", *names]), ",".join(["a", "x"] + ["1"] * len(names))])
    began = process_time()
    assert len(opened(content).labels) == 1
    with pytest.raises(UsageError) as caught:
        opened(content, label="")
    assert len(str(caught.value)) < 500
    assert process_time() - began < 5


@pytest.mark.parametrize("coded", [False, True], ids=["plain", "dictionary"])
def test_a_parquet_file_that_unpacks_to_far_more_than_it_has_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, coded: bool
) -> None:
    monkeypatch.setattr("tlzoo.data.adapters.tables.formats.parquet._ANY_BYTES", 1000)
    path, text = tmp_path / "bomb.parquet", pa.array(["a" * 100_000])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1500, pa.int32()), text)
    parquet.write_table(pa.table({"text": column}), path, store_schema=coded, compression="zstd")
    with pytest.raises(DataError, match=rf"has {path.stat().st_size:,} bytes and unpacks to more than"):
        list(Parquet(path, {}).rows(["text"]))


def test_a_parquet_file_of_countless_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tlzoo.data.adapters.tables.formats.parquet._ANY_ROWS", 0)
    monkeypatch.setattr("tlzoo.data.adapters.tables.formats.parquet._RATIO", 8)
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.table({"label": pa.nulls(100_000)}), path)
    with pytest.raises(DataError, match="unpacks to 100,000 rows"):
        list(Parquet(path, {}).rows(["label"]))


@pytest.mark.parametrize("rows", [1, 999, 2500])
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_progress_counts_every_row_once(tmp_path: Path, name: str, rows: int) -> None:
    path = tmp_path / name
    columns = {"text": ["a b"] * rows, "label": ["pos", "neg"] * (rows // 2) + ["pos"] * (rows % 2)}
    if name == "t.csv":
        path.write_text("text,label\n" + "".join(f"a b,{label}\n" for label in columns["label"]))
    elif name == "t.jsonl":
        path.write_text("".join(f'{{"text": "a b", "label": "{label}"}}\n' for label in columns["label"]))
    else:
        parquet.write_table(pa.table(columns), path)
    telling = Telling()
    table(str(path), {"text": "text", "label": "label"}, progress=telling)
    count = rows + 1 if name == "t.csv" else rows
    assert telling.tracked == [("reading", count, "rows" if name == "t.parquet" else "lines", count)]


def test_progress_ends_where_reading_fails(opened: Open, tmp_path: Path) -> None:
    opened("text,label\na,pos\nb,neg\n")
    (tmp_path / "t.csv").write_text("text,label\na,pos\nb,neg,x,y\n")
    telling = Telling()
    with pytest.raises(DataError):
        table(str(tmp_path / "t.csv"), {"text": "text", "label": "label"}, progress=telling)
    assert telling.ended == ["reading"]
