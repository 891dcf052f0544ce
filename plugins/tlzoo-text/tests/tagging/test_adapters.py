"""Files of tagged texts: formats, schemes and errors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_tags import as_spans, sentences, write_columns, write_folder, write_spans

from tlzoo.data import in_memory
from tlzoo.errors import TlzooError
from tlzoo_text.tagging.sources.conll import conll
from tlzoo_text.tagging.sources.files import split_files
from tlzoo_text.tagging.sources.spans import spans


def tags_of(samples: object, row: int) -> list[str]:
    return [samples.task.tags[each] for each in samples.labels[row].tags]  # type: ignore[attr-defined]


def of_columns(path: Path, *rows: str, **options: str) -> object:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return conll(str(path), options)


def test_a_folder_has_the_splits_of_its_files(tmp_path: Path) -> None:
    samples = conll(str(write_folder(tmp_path / "data")), {})
    assert {name: len(rows) for name, rows in samples.given.items()} == {"train": 60, "validation": 20, "test": 20}
    assert samples.task.tags == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    words, tags = sentences(60)[0]
    assert samples.examples.text(0) == (" ".join(words),)
    assert tags_of(samples, 0) == tags
    assert samples.examples.name(0) == "train.txt:3"


def test_columns_and_spans_of_the_same_texts_have_the_same_labels(tmp_path: Path) -> None:
    rows = sentences(20)
    columns = conll(str(write_columns(tmp_path / "a.txt", rows)), {"words": "marks"})
    lines = spans(str(write_spans(tmp_path / "a.jsonl", rows)), {})
    memory = in_memory(([row[0] for row in rows], [row[1] for row in rows]), task="tagging").samples()
    texts = in_memory(tuple(zip(*(as_spans(*row) for row in rows), strict=True)), task="tagging").samples()
    for row, (_, tags) in enumerate(rows):
        assert [tags_of(each, row) for each in (columns, lines, memory, texts)] == [tags] * 4
    assert columns.task == lines.task == texts.task
    assert memory.task.rule == "space"


def test_documents_are_groups_of_undivided_data(tmp_path: Path) -> None:
    first = "-DOCSTART- -X- O\n\nAna B-PER\n\nhi O\n\n-DOCSTART- -X- O\n\nRome B-LOC\n"
    assert of_columns(tmp_path / "a.txt", first).groups.tolist() == [1, 1, 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("rows", "tags", "note"),
    [
        (["a I-PER", "b I-PER", "c O", "d I-LOC", "e B-LOC"], ["B-PER", "I-PER", "O", "B-LOC", "B-LOC"], "IOB1"),
        (["a B-PER", "b I-PER", "c O", "d B-LOC", "e B-LOC"], ["B-PER", "I-PER", "O", "B-LOC", "B-LOC"], ""),
        (["a B-PER", "b E-PER", "c O", "d S-LOC", "e O"], ["B-PER", "E-PER", "O", "S-LOC", "O"], ""),
        (["a B-PER", "b L-PER", "c O", "d U-LOC", "e O"], ["B-PER", "E-PER", "O", "S-LOC", "O"], ""),
    ],
    ids=["iob1", "bio", "iobes", "bilou"],
)
def test_schemes_are_found(rows: list[str], tags: list[str], note: str, tmp_path: Path) -> None:
    samples = of_columns(tmp_path / "a.txt", *rows)
    assert tags_of(samples, 0) == tags
    assert note in "".join(samples.notes)  # type: ignore[attr-defined]


def test_comments_are_lines_with_other_columns(tmp_path: Path) -> None:
    rows = ["# text = # 1", "# B-PER x", "a I-PER x", "# the rest is O", "b O x"]
    samples = of_columns(tmp_path / "a.txt", *rows, tag_column="2")
    assert samples.examples.text(0) == ("# a b",)  # type: ignore[attr-defined]
    assert tags_of(samples, 0) == ["B-PER", "I-PER", "O"]


def test_words_are_divided_at_marks_if_asked(tmp_path: Path) -> None:
    samples = of_columns(tmp_path / "a.txt", "U.S. B-LOC", "is O", words="marks")
    label = samples.labels[0]  # type: ignore[attr-defined]
    assert [label.text[begin:end] for begin, end in label.words] == ["U", ".", "S", ".", "is"]
    assert tags_of(samples, 0) == ["B-LOC", "I-LOC", "I-LOC", "I-LOC", "O"]


def test_other_columns_and_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("B-PER\tJosé\tx\r\nO\tist\tx\r\n".encode("latin-1"))
    samples = conll(str(path), {"word_column": "2", "tag_column": "1", "encoding": "latin-1"})
    assert samples.examples.text(0) == ("José ist",)
    assert tags_of(samples, 0) == ["B-PER", "O"]


def test_spans_are_in_code_points(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    text = "👍🏽 Cre\u0300me d'Ana\u0301, Rome."
    begin, end = text.index("Ana"), text.index(",")
    rows = [{"start": text.index("Rome"), "end": text.index("Rome") + 4, "label": "LOC"}, [begin, end, "PER"]]
    path.write_text(json.dumps({"text": text, "spans": rows}) + "\n")
    samples = spans(str(path), {})
    assert samples.task.show(samples.labels[0]) == "Ana\u0301 (PER), Rome (LOC)"


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (
            ["a O", "b I-PER", "c B-LOC"],
            {},
            r"a.txt:2: 'I-PER' follows 'O': in BIO, a span begins with B-.*write B-PER",
        ),
        (["a I-PER", "b O"], {"scheme": "bio"}, "a.txt:1: 'I-PER' is the first tag of a sentence"),
        (["a B-PER", "b I-LOC"], {}, "a.txt:2: 'I-LOC' follows 'B-PER'"),
        (["a B-PER", "b I-PER"], {"scheme": "iob1"}, "a.txt:1: 'B-PER' does not follow a span of its type"),
        (["a B-PER", "b O", "c S-PER"], {}, "a.txt:1: the span of 'B-PER' does not end"),
        (["a E-PER", "b O"], {}, "a.txt:1: 'E-PER' is the first tag of a sentence: no span is open"),
        (["a PER", "b O"], {}, "a.txt:1: 'PER' is not a tag of bio.*as in B-PER; name the column with tag_column=$"),
        (["a B-", "b O"], {}, "a.txt:1: 'B-' is not a tag of bio"),
        (["a O", "b"], {}, "a.txt:2: 1 columns, but line 1 has 2"),
        (["a O", "b\rc B-PER"], {}, "a.txt:2: the line has a carriage return"),
        (["a O", "b\rc\tB-PER"], {}, "a.txt:2: the line has a carriage return"),
        (["a B-PER", "# PER"], {}, "a.txt:2: 'PER' is not a tag of bio"),
        (["a", "b"], {}, "a.txt:1: a single column"),
        (["a O"], {}, "no span: every word is O"),
        (["a O"], {"tag_column": "5"}, "a.txt:1: no column 5, the line has 2"),
        (["a O"], {"tag_column": "0"}, "tag_column=0 is not a column"),
        (["a O"], {"scheme": "BIO"}, r"scheme=BIO.*valid: bio"),
        (["a O"], {"encoding": "latin-99"}, "unknown encoding 'latin-99'"),
        (["a O"], {"encoding": "base64"}, "unknown encoding 'base64'"),
        (["a O"], {"encoding": "rot13"}, "unknown encoding 'rot13'"),
        (["a O"], {"task": "regression"}, "not labels for regression"),
        ([""], {}, "a.txt has no sentence"),
    ],
)
def test_errors_of_columns_name_the_line(
    rows: list[str], options: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(TlzooError, match=message) as raised:
        of_columns(tmp_path / "a.txt", *rows, **options)
    assert "\n" not in str(raised.value)


def test_other_bytes_than_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a O\nJos\xe9 B-PER\n")
    with pytest.raises(TlzooError, match=r"a.txt:2: the byte 0xe9 is not utf-8"):
        conll(str(path), {})


def test_a_type_only_in_test_is_refused(tmp_path: Path) -> None:
    write_columns(tmp_path / "train.txt", [(["a"], ["B-PER"])])
    write_columns(tmp_path / "test.txt", [(["b", "c"], ["O", "B-ORG"])])
    with pytest.raises(TlzooError, match=r"test.txt:3: the type 'ORG' of the test split is not in the training split"):
        conll(str(tmp_path), {})


def test_names_of_splits_are_whole_words(tmp_path: Path) -> None:
    for name in ("eng.train1.txt", "developers.txt", "latest_notes.txt", "my-Dev.txt", "eng_testb"):
        write_columns(tmp_path / name, [(["a"], ["B-PER"])])
    found = split_files(tmp_path, "conll")
    assert {split: file.name for split, file in found.items()} == {
        "train": "eng.train1.txt",
        "validation": "my-Dev.txt",
        "test": "eng_testb",
    }


def test_spans_in_memory_may_have_numbers_of_numpy() -> None:
    spans = [(np.int64(0), np.int32(3), "PER")]
    samples = in_memory((["Ana is here"], [spans]), task="tagging").samples()
    assert samples.task.show(samples.labels[0]) == "Ana (PER)"


def test_folders_without_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TlzooError, match="no file for training"):
        conll(str(tmp_path), {})
    for name in ("dev.txt", "valid.txt"):
        write_columns(tmp_path / name, [(["a"], ["B-PER"])])
    with pytest.raises(TlzooError, match="two files for the split validation"):
        conll(str(tmp_path), {})
    with pytest.raises(TlzooError, match="no file or folder"):
        conll(str(tmp_path / "absent"), {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "Ana", "spans": [[0, 4, "PER"]]}', r"a.jsonl:1: the span 0 to 4 \(PER\) is not in the text"),
        ('{"text": "Ana", "spans": [[2, 2, "PER"]]}', "the span 2 to 2 .PER. is not in the text"),
        ('{"text": "Ana", "spans": [[-1, 2, "PER"]]}', "the span -1 to 2"),
        ('{"text": "Ana Lee", "spans": [[0, 7, "PER"], [4, 7, "LOC"]]}', "the span 4 to 7 .LOC. overlaps 0 to 7"),
        ('{"text": "AnaLee", "spans": [[0, 3, "PER"], [3, 6, "LOC"]]}', "are in one word"),
        ('{"text": "a  b", "spans": [[1, 3, "PER"]]}', "has no word"),
        ('{"text": "Ana", "spans": [[0, 3]]}', r"a.jsonl:1: a span is \[0, 3\]"),
        ('{"text": "Ana", "spans": [[0, 3.5, "PER"]]}', "a span is"),
        ('{"text": "Ana", "spans": [[0, 3, "A B"]]}', "a type without spaces"),
        ('{"text": "Ana"}', "the line has the keys text, not a string 'text' and a list 'spans'"),
        ('{"text": "\\\\ud800", "spans": []}', "lone surrogate"),
        ("[1", "the line is not JSON"),
        ("[" * 100_000, "the line is not JSON"),
        ("", "has no text"),
    ],
)
def test_errors_of_spans_name_the_line(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line.replace("\\\\", "\\") + "\n")
    with pytest.raises(TlzooError, match=message) as raised:
        spans(str(path), {})
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("used", [False, True], ids=["bio", "iobes"])
def test_data_in_another_scheme_are_converted_to_that_of_the_run(used: bool) -> None:  # noqa: FBT001
    from tlzoo.runs.opening.class_indices import reindexed_test_split
    from tlzoo_text.tagging.annotations.schemes import span_tags, tag_names
    from tlzoo_text.tagging.task import Tagging

    marked = [(0, 1, "PER"), (1, 3, "PER"), (4, 7, "LOC")]
    task = Tagging(tag_names(("LOC", "ORG", "PER"), ends=used))
    other = in_memory(([["w"] * 8], [span_tags(8, marked, ends=not used)]), task="tagging").samples()
    data = reindexed_test_split(other, np.arange(1), task)
    assert [task.tags[each] for each in data.samples.labels[0].tags] == span_tags(8, marked, ends=used)


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        ([["a", "b"]], [["O"]], "2 words and 1 tags"),
        ([["a b"]], [["O"]], "the word 'a b' is empty or has white space"),
        ([["a"], "b"], [["O"], []], "some inputs are lists of words, others are texts"),
        ([["a"]], [[1]], "lists of words with lists of tags"),
        (["a"], ["O"], "lists of words with lists of tags"),
        ([["a"]], [["I-PER"], ["O"]], "1 inputs and 2 labels"),
        ([["a"]], [["PER"]], r"'PER' is not a tag of bio.*use O, or one of B, I with '-' and a type, as in B-PER$"),
        ([["a"]], [["O"]], "data has no span: every word is O"),
        (["a"], [[]], "data has no span: every word is O"),
        ([["a", "b"], ["c"]], [["B-X", "O"], ["I-X"]], r"data\[1\]\[0\]: 'I-X' is the first tag"),
    ],
)
def test_errors_in_memory(inputs: list[object], labels: list[object], message: str) -> None:
    with pytest.raises(TlzooError, match=message):
        in_memory((inputs, labels), task="tagging").samples()


def test_a_type_only_in_test_is_refused_in_memory() -> None:
    parts = {"train": ([["a"]], [["B-PER"]]), "test": ([["b", "c"]], [["O", "B-ORG"]])}
    with pytest.raises(TlzooError, match="the type 'ORG' of the test split is not in the training split"):
        in_memory(parts, task="tagging").samples()


def test_arrays_of_class_indices_have_their_positions() -> None:
    from tlzoo_text.tagging.task import Tagging

    task, labels = Tagging.read(np.array([[0, 1, 2, -1], [1, 0, 0, 0]]), ["O", "B-X", "I-X"], "check:")
    placed = task.prepared_labels(labels, (4,))
    assert [each.targets.tolist() for each in placed] == [[0, 1, 2, -1], [1, 0, 0, 0]]
    assert task.show(labels[0]) == "1-3 (X)"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["O", "PER"], "the name 'PER' is not a tag of bio or iobes"),
        (["O", "", "I-X"], "the name '' is not a tag"),
        (["O", "L-X"], "the name 'L-X' is not a tag"),
        (["O", "B-X", "B-X"], "two tags have the name 'B-X'"),
        (["B-X", "I-X"], "the tags have no 'O'"),
    ],
)
def test_names_of_class_indices_are_tags(names: list[str], message: str) -> None:
    from tlzoo_text.tagging.task import Tagging

    with pytest.raises(TlzooError, match=message):
        Tagging.read(np.array([[0, 1]]), names, "check:")
