"""Tables: any bytes under any suffix, broken Parquet, and tables that are read a second time by their own model."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from made_hostile.contract import DifferentAnswerError, Kind
from made_hostile.mutations import mutated
from tlzoo.data import table
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError

_SEEDS = (
    b'text,label\n"two\nlines, and a ""word""",pos\nplain,neg\nthird,pos\n',
    "text;label\r\ncafé;a\r\nthé;b\r\n".encode("cp1252"),
    "text\tlabel\nüñí 🙂\tx\nb\ty\n".encode("utf-16"),
    b'{"text": "a", "label": "x"}\n{"text": "b", "label": 3}\n{"text": null, "label": ["x"]}\n',
    b'{"text": "a", "label": NaN}\n{"label": {"a": 1}, "text": 1e400}\n',
    b"\xef\xbb\xbftext,label,,\na,x,,\nb,y,,\n",
)
_PLAIN = {"text": "text", "label": "label"}
_options = st.fixed_dictionaries(
    {name: st.just(column) for name, column in _PLAIN.items()},
    optional={
        "delimiter": st.sampled_from([";", "tab", "|", '"', "ab", ""]),
        "encoding": st.sampled_from(
            ["utf-8", "latin-1", "utf-16", "utf-32", "cp1252", "utf-7", "none", "shift_jis", "cp037"]
        ),
        "missing": st.sampled_from(
            ["label=drop", "text=drop,label=drop", "text=constant:", "label=constant:x", "label"]
        ),
        "labels": st.sampled_from([",", ";", ""]),
        "split": st.just("label"),
        "weight": st.just("label"),
        "group": st.just("label"),
    },
)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_rows = st.lists(st.tuples(_texts, st.sampled_from(["a", "b", "1.0", "é"]) | _texts), min_size=1, max_size=6)


def feed_bytes(drawn: tuple[bytes, str, dict[str, str]], folder: Path) -> None:
    content, suffix, options = drawn
    path = folder / f"t{suffix}"
    path.write_bytes(content)
    samples = table(str(path), options)
    [samples.examples.name(at) for at in range(len(samples.labels))]
    _ = samples.fingerprint


def feed_rows(drawn: tuple[list[tuple[str, str]], dict[str, Any]], folder: Path) -> None:
    rows, how = drawn
    kind, encoding = how["kind"], how["encoding"]
    stream = io.StringIO(newline="")
    if kind == "jsonl":
        for text, label in rows:
            stream.write(json.dumps({"text": text, "label": label}, ensure_ascii=how["ascii"]) + how["end"])
    else:
        ends = any(end in cell for row in rows for cell in row for end in "\r\n")
        quoting = csv.QUOTE_ALL if ends else how["quoting"]  # Python's writer leaves some line ends without quotes
        writer = csv.writer(stream, delimiter=how["delimiter"], lineterminator=how["end"], quoting=quoting)
        writer.writerows([("text", "label"), *rows])
    try:
        content = stream.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return
    path = folder / f"t.{kind}"
    path.write_bytes(content)
    options = {"text": "text", "label": "label", "encoding": encoding}
    if kind == "csv":
        options["delimiter"] = how["delimiter"]
    kept = [(text, label) for text, label in rows if not is_missing(text) and not is_missing(label)]
    options["missing"] = "text=drop,label=drop"
    try:
        samples = table(str(path), options)
    except DataError as error:
        nul = kind == "csv" and any("\0" in cell for row in rows for cell in row)
        control = encoding == "latin-1" and any(
            "\x80" <= each <= "\x9f" for row in rows for cell in row for each in cell
        )
        if not (nul or control or not kept):
            raise DifferentAnswerError(f"a table that can be read is refused: {error}") from error
        return
    read = [b"".join(samples.examples._read(at)).decode() for at in range(len(samples.labels))]
    labels = [samples.task.classes[label] for label in samples.labels]
    expected = [text for text, _ in kept], [label.strip() for _, label in kept]
    if (read, labels) != expected:
        raise DifferentAnswerError(f"{expected} was read as {(read, labels)}")


def _parquet_files() -> tuple[bytes, ...]:
    import pyarrow as pa
    from pyarrow import parquet

    files = []
    frames = (
        {"text": ["a", "b", "c"] * 9, "label": ["x", "y", None] * 9},
        {"text": ["a", " ", "c"], "label": [1.0, float("nan"), 2.0]},
        {"text": [["a"], ["b", "c"], []], "label": [{"a": 1}, {"a": 2}, {"a": 3}]},
    )
    for frame in frames:
        for compression in ("none", "snappy", "zstd"):
            stream = io.BytesIO()
            parquet.write_table(pa.table(frame), stream, compression=compression)
            files.append(stream.getvalue())
    return tuple(files)


def feed_parquet(content: bytes, folder: Path) -> None:
    (folder / "t.parquet").write_bytes(content)
    table(str(folder / "t.parquet"), {"text": "text", "label": "label", "missing": "label=drop,text=drop"})


KINDS = (
    Kind(
        "table-bytes",
        st.tuples(
            mutated(_SEEDS) | st.binary(max_size=200),
            st.sampled_from([".csv", ".tsv", ".jsonl", ".txt", ".parquet", ".json"]),
            st.just(_PLAIN) | st.just(_PLAIN | {"missing": "text=drop,label=drop"}) | _options,
        ),
        feed_bytes,
    ),
    Kind(
        "table-round-trip",
        st.tuples(
            _rows,
            st.fixed_dictionaries(
                {
                    "kind": st.sampled_from(["csv", "csv", "jsonl"]),
                    "encoding": st.sampled_from(
                        ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "gb18030"]
                    ),
                    "delimiter": st.sampled_from([",", ";", "\t", "|"]),
                    "end": st.sampled_from(["\n", "\r\n", "\r"]),
                    "quoting": st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
                    "ascii": st.booleans(),
                }
            ),
        ),
        feed_rows,
    ),
    Kind("parquet", st.deferred(lambda: mutated(_parquet_files())), feed_parquet, isolated=True),
)
