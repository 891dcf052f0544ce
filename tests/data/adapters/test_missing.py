"""Empty cells: refused, dropped, imputed or filled, as each column's policy says; never in silence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tlzoo.data import MissingError, Policy, Samples, format_policies, parse_policies, split, table
from tlzoo.data.missing import is_missing
from tlzoo.errors import DataError, UsageError

TABLE = """\
text,label,age,weight,who,part
a,x,10,1,u,train
b,,20,2,v,train
,y,,3,u,train
d,y,90,,u,test
e,x,,4,,train
f,y,30,5,v,train
"""


def opened(tmp_path: Path, missing: str, content: str = TABLE, **options: str) -> Samples:
    (tmp_path / "t.csv").write_text(content)
    return table(str(tmp_path / "t.csv"), {"text": "text", "label": "label", "missing": missing, **options})


def texts(samples: Samples) -> list[str]:
    stream = samples.examples.stream(np.arange(len(samples.examples)))
    return [each.decode() for each in stream.as_numpy_iterator()]


def test_the_default_refuses_with_rows_and_a_fix(tmp_path: Path) -> None:
    with pytest.raises(MissingError) as caught:
        opened(tmp_path, "", numbers="age")
    said = str(caught.value)
    assert "'text' is missing in 1 row (line 4); 'age' is missing in 2 rows (lines 4, 6); 'label' is missing" in said
    assert "as in --missing text=drop (or constant:VALUE; for numbers: impute)" in said


def test_only_used_columns_must_be_complete(tmp_path: Path) -> None:
    assert texts(opened(tmp_path, "text=drop,label=drop")) == ["a", "d", "e", "f"]


def test_a_row_is_dropped_for_any_of_its_columns(tmp_path: Path) -> None:
    assert texts(opened(tmp_path, "text=drop,label=drop,age=drop", numbers="age")) == [
        "a age 10",
        "d age 90",
        "f age 30",
    ]


@pytest.mark.parametrize(
    ("policy", "number"),
    [("impute", 30), ("impute:mean", 30), ("impute:median", 20), ("impute:most-frequent", 10), ("constant:-1", -1)],
)
def test_numbers_are_imputed(tmp_path: Path, policy: str, number: int) -> None:
    content = "text,label,age\na,x,10\nb,y,10\nc,x,30\nd,y,70\ne,x,\n"
    samples = opened(tmp_path, f"age={policy}", content, numbers="age")
    assert texts(samples)[-1] == f"e age {number}"


def test_statistics_are_those_of_the_rows_that_are_trained_on(tmp_path: Path) -> None:
    samples = opened(tmp_path, "text=drop,label=drop,age=impute", numbers="age", split="part")
    assert texts(samples) == ["a age 10", "d age 90", "e age 20", "f age 30"]


def test_weights_are_imputed_and_groups_and_texts_get_a_constant(tmp_path: Path) -> None:
    missing = "label=drop,text=constant:none,weight=impute:median,who=constant:nobody"
    samples = opened(tmp_path, missing, weight="weight", group="who")
    assert texts(samples) == ["a", "none", "d", "e", "f"]
    assert samples.weights.tolist() == [1, 3, 3.5, 4, 5]
    assert samples.groups.tolist() == [0, 0, 0, 1, 2]


def test_a_column_may_be_named_by_its_role(tmp_path: Path) -> None:
    content = "review,stars\na,1\nb,\nc,2\n"
    samples = opened(tmp_path, "label=drop", content, text="review", label="stars")
    assert texts(samples) == ["a", "c"]


def test_an_empty_cell_of_several_labels_may_mean_none(tmp_path: Path) -> None:
    content = "text,tags\na,x;y\nb,\n"
    samples = opened(tmp_path, "tags=constant:", content, label="tags", labels=";")
    assert samples.labels.tolist() == [[1, 1], [0, 0]]


def test_the_policy_is_in_the_notes_and_in_the_fingerprint(tmp_path: Path) -> None:
    content = "text,label\n" + "".join(f"t{at},{'xy'[at % 2]}\n" for at in range(10)) + "z,\n"
    samples = opened(tmp_path, "label=drop", content)
    (note,) = split(samples, seed=0).notes
    assert note == "'label' was missing in 1 row (t.csv:12): the rows were dropped"
    whole = opened(tmp_path, "", content.removesuffix("z,\n"))
    assert (whole.digests == samples.digests).all()
    assert whole.fingerprint != samples.fingerprint


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("lable=drop", "--missing names column 'lable', which is not used; did you mean 'label'?"),
        ("age=drop", "'age', which is not used"),
        ("label=dorp", "'dorp' is not a policy for missing cells; use refuse, drop"),
        ("label=impute", "cannot impute 'label': the column has the labels"),
        ("text=impute:mean", "cannot impute 'text': the column has texts"),
        ("label", "'label' must be a column and a policy"),
        ("label=drop,label=refuse", "column 'label' has two policies"),
    ],
)
def test_invalid_policies_are_refused(tmp_path: Path, missing: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        opened(tmp_path, missing)
    assert said in str(caught.value)


def test_a_column_without_any_value_is_not_imputed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="column 'age' has no value to impute from"):
        opened(tmp_path, "age=impute", "text,label,age\na,x,\nb,y,\n", numbers="age")


def test_a_table_without_remaining_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="all rows were dropped"):
        opened(tmp_path, "label=drop", "text,label\na,\nb,\n")


@pytest.mark.parametrize("text", ["drop", "refuse", "impute", "impute:median", "constant:", "constant:a:b, c=d"])
def test_policies_are_read_back_as_they_are_written(text: str) -> None:
    assert str(Policy.parse(text)) == text
    assert parse_policies(format_policies({"a, b=c": text, "d": "drop"})) == {"a, b=c": text, "d": "drop"}


def test_impute_constant_is_another_word_for_constant() -> None:
    assert Policy.parse("impute:constant:x") == Policy.parse("constant:x")


BLANKS = [" ", "\t", "\u00a0", "\u200b", "\ufeff \u2060"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("role", ["text", "label", "split", "group"])
def test_a_cell_of_blanks_is_missing_in_every_role(tmp_path: Path, role: str, blank: str) -> None:
    cells = {"text": "a text", "label": "x", "split": "train", "group": "g"}
    rows = [cells | {"text": f"row {at}", "label": "xy"[at % 2]} for at in range(4)]
    rows[2] = cells | {role: blank}
    content = "\n".join(["text,label,split,group", *(",".join(row.values()) for row in rows)])
    options = {"split": "split", "group": "group"}
    with pytest.raises(MissingError, match=rf"{role!r} is missing in 1 row \(line 4\)"):
        opened(tmp_path, "", content, **options)
    assert len(opened(tmp_path, f"{role}=drop", content, **options).labels) == 3


@pytest.mark.parametrize("role", ["label", "split", "group", "weight", "target"])
def test_nan_and_null_are_missing_in_json_lines_and_parquet(tmp_path: Path, role: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    values = {"split": ["train"] * 4}.get(role, [1.0, 2.0, 1.0, 2.0])
    lines = [json.dumps({"text": f"t{at}", "class": "ab"[at % 2], role: value}) for at, value in enumerate(values)]
    lines[1] = f'{{"text": "t1", "class": "b", "{role}": NaN}}'
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    column = ["train", " ", "train", "train"] if role == "split" else [1.0, float("nan"), 1.0, 2.0]
    frame = {"text": ["t0", "t1", "t2", "t3"], "class": ["a", "b", "a", "b"], role: column}
    parquet.write_table(pa.table(frame), tmp_path / "t.parquet")
    options = {"text": "text", role: role} | ({} if role in {"label", "target"} else {"label": "class"})
    for name, where in (("t.jsonl", "line 2"), ("t.parquet", "row 2")):
        with pytest.raises(MissingError, match=rf"{role!r} is missing in 1 row \({where}\)"):
            table(str(tmp_path / name), options)


def test_an_image_without_bytes_or_path_is_missing() -> None:
    assert is_missing({"bytes": None, "path": None})
    assert is_missing({"bytes": b"", "path": ""})
    assert not is_missing({"start": 0, "end": 0})
    assert not is_missing({"bytes": None, "path": "1.png"})
    assert not is_missing([])
    assert not is_missing(0)


@pytest.mark.parametrize("role", ["label", "split", "group"])
def test_a_blank_constant_is_refused_for_names(tmp_path: Path, role: str) -> None:
    with pytest.raises(UsageError, match=f"fills {role!r}, a {role}, with a blank"):
        opened(tmp_path, f"{role}=constant: ", "text,label,split,group\na,x,train,1\n", split="split", group="group")


@pytest.mark.parametrize("word", ["nan", "NaN", "NA", "n/a", "null", " None ", "?", "-"])
@pytest.mark.parametrize("role", ["target", "numbers", "weight"])
def test_a_word_for_nothing_is_missing_in_a_column_of_numbers(tmp_path: Path, word: str, role: str) -> None:
    (tmp_path / "t.csv").write_text(f"text,label,n\na,x,1\nb,y,{word}\nc,x,3\n")
    options = {"text": "text", role: "n"} | ({} if role == "target" else {"label": "label"})
    with pytest.raises(MissingError, match=r"'n' is missing in 1 row \(line 3\)"):
        table(str(tmp_path / "t.csv"), options)
    assert len(table(str(tmp_path / "t.csv"), {**options, "missing": "n=drop"}).labels) == 2


def test_a_word_for_nothing_is_missing_in_a_column_of_0_and_1(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,A,B\na,1,0\nb,NA,1\nc,0,1\n")
    with pytest.raises(MissingError, match=r"'A' is missing in 1 row \(line 3\)"):
        table(str(tmp_path / "t.csv"), {"text": "text", "label": "A,B"})


def test_a_word_for_nothing_may_be_a_text_or_a_class(tmp_path: Path) -> None:
    samples = opened(tmp_path, "", "text,label\nNA,x\n?,null\n")
    assert texts(samples) == ["NA", "?"]
    assert samples.task.names == ("null", "x")
