"""What columns of a table may be: several labels, targets, weights, groups, numbers, images; and other formats."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from tlzoo.data import Samples, table
from tlzoo.errors import DataError, UsageError
from tlzoo.tasks import MultiLabel, Regression

ROWS = [
    {"text": "a film", "label": "pos", "stars": 4.5, "who": "ann", "tags": ["new", "long"]},
    {"text": "a\nbook", "label": "neg", "stars": 1.0, "who": "bob", "tags": []},
    {"text": "ä play", "label": "pos", "stars": 3.0, "who": "ann", "tags": ["new"]},
]


def written(tmp_path: Path, content: str, name: str = "t.csv", **options: str) -> Samples:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return table(str(tmp_path / name), options)


def jsonl(tmp_path: Path) -> Path:
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return tmp_path / "t.jsonl"


def as_parquet(tmp_path: Path) -> Path:
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "t.parquet", row_group_size=2)
    return tmp_path / "t.parquet"


def texts(samples: Samples) -> list[str]:
    stream = samples.examples.stream(np.arange(len(samples.examples)))
    return [each.decode() for each in stream.as_numpy_iterator()]


@pytest.mark.parametrize("write", [jsonl, as_parquet])
def test_json_lines_and_parquet_equal_csv(tmp_path: Path, write) -> None:
    samples = table(str(write(tmp_path)), {"text": "text", "label": "label", "group": "who", "weight": "stars"})
    same = written(
        tmp_path, 'text,label\n"a film",pos\n"a\nbook",neg\nä play,pos\n', text="text", label="label"
    )  # fmt: skip
    assert texts(samples) == texts(same)
    assert (samples.digests == same.digests).all()
    assert samples.labels.tolist() == same.labels.tolist()
    assert samples.groups.tolist() == [0, 1, 0]
    assert samples.weights.tolist() == [4.5, 1.0, 3.0]
    assert samples.examples.name(1).endswith(":2")


@pytest.mark.parametrize("write", [jsonl, as_parquet])
def test_lists_are_several_labels(tmp_path: Path, write) -> None:
    samples = table(str(write(tmp_path)), {"text": "text", "label": "tags", "labels": ","})
    assert samples.task == MultiLabel(("long", "new"))
    assert samples.labels.tolist() == [[1, 1], [0, 0], [0, 1]]


def test_a_separator_parts_labels_in_a_cell(tmp_path: Path) -> None:
    samples = written(tmp_path, "text,genre\na,war; love\nb,love\nc,war;war\n", text="text", label="genre", labels=";")
    assert samples.task == MultiLabel(("love", "war"))
    assert samples.labels.tolist() == [[1, 1], [1, 0], [0, 1]]


def test_several_label_columns_are_a_class_each(tmp_path: Path) -> None:
    samples = written(tmp_path, "text,war,love\na,1,0\nb,no,Yes\n", text="text", label="war,love", task="multi-label")
    assert samples.task == MultiLabel(("war", "love"))
    assert samples.labels.tolist() == [[1, 0], [0, 1]]


def test_targets_are_numbers_in_the_order_they_are_named(tmp_path: Path) -> None:
    samples = written(tmp_path, "text,price,size\na,1.5,-2\nb,1e3,0\n", text="text", target="size,price")
    assert samples.task == Regression(("size", "price"))
    assert samples.labels.dtype == np.float32
    assert samples.labels.tolist() == [[-2, 1.5], [0, 1000]]


def test_numbers_are_written_behind_the_text(tmp_path: Path) -> None:
    samples = written(
        tmp_path, "text,age,stars,l\na b,42,4.50,x\nc,7,3,y\n", text="text", label="l", numbers="age,stars"
    )
    assert texts(samples) == ["a b age 42, stars 4.5", "c age 7, stars 3"]


def test_images_are_found_next_to_the_table_and_unreadable_ones_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, grey in (("a", 10), ("b", 200), ("c", 90)):
        Image.new("RGB", (8, 6), (grey, grey, grey)).save(tmp_path / f"in/{name}.png")
    (tmp_path / "in/d.png").write_text("no image")
    rows = "in/a.png,dark,u,1\nin/b.png,light,u,2\nin/none.png,dark,v,3\nin/c.png,dark,v,4\nin/d.png,light,v,5\n"
    samples = written(tmp_path, "file,l,who,w\n" + rows, image="file", label="l", group="who", weight="w")
    assert samples.examples.modality == "vision"
    assert [each.shape for each in samples.examples.stream(np.array([2, 0]))] == [(6, 8, 3), (6, 8, 3)]
    assert samples.labels.tolist() == [0, 1, 0]
    assert samples.weights.tolist() == [1, 2, 4]
    assert [each.name.rpartition("in/")[2] for each in samples.set_aside] == ["none.png (t.csv:4)", "d.png (t.csv:6)"]


def test_a_class_without_readable_images_is_refused(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="no image of class 'light' in"):
        written(tmp_path, "file,l\na.png,dark\nb.png,light\n", image="file", label="l")
    with pytest.raises(DataError, match="none of the 1 images of"):
        written(tmp_path, "file,l\nb.png,light\n", image="file", label="l")


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("text,price\na,1\nb,cheap\n", {"target": "price"}, "line 3, column 'price': 'cheap' is not a number"),
        ("text,price\na,inf\n", {"target": "price"}, "line 2, column 'price': 'inf' is not a finite number"),
        ("text,war,love\na,1,2\n", {"label": "war,love"}, "line 2, column 'love': '2' is neither 0 nor 1"),
        ("text,l,w\na,x,-1\n", {"label": "l", "weight": "w"}, "a weight is negative or not a number"),
        (
            "text,l,part\na,x,tain\n",
            {"label": "l", "split": "part"},
            "'tain' in column 'part' is not a split; did you",
        ),
    ],
)
def test_invalid_cells_are_reported(tmp_path, content, options, said) -> None:
    with pytest.raises(DataError) as caught:
        written(tmp_path, content, text="text", **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"label": "l", "target": "n"}, "has both label and target; leave one of them out"),
        ({"label": "l", "image": "n"}, "has both text and image"),
        ({"label": "l,n", "labels": ";"}, "'labels' is the separator in one label column"),
        ({"label": "l", "delimter": ";"}, "no option 'delimter'; did you mean 'delimiter'?"),
    ],
)
def test_incompatible_options_are_refused(tmp_path, options, said) -> None:
    with pytest.raises(UsageError) as caught:
        written(tmp_path, "text,l,n\na,x,1\n", text="text", **options)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a", "label": "x"}\n{"text": "b", \n', "line 2 is not JSON: "),
        ('{"text": "a", "label": "x"}\n[1]\n', "line 2 is not an object: '[1]'; write one object per line"),
        ('[\n{"text": "a", "label": "x"}]', "line 1 is not JSON"),
        (
            '{"text": "a", "label": ["x", "y"]}\n',
            "column 'label': ['x', 'y'] is not a single value; for several labels",
        ),
        ('{"text": {"a": 1}, "label": "x"}\n', "column 'text': {'a': 1} is not a single value"),
        ("[" * 100_000, "line 1 is not JSON"),
        ("", "is empty; write one object per line"),
    ],
)
def test_bad_json_lines_are_reported_by_line(tmp_path, content, said) -> None:
    with pytest.raises(DataError) as caught:
        written(tmp_path, content, "t.jsonl", text="text", label="label")
    assert said in str(caught.value)


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = as_parquet(tmp_path)
    whole = path.read_bytes()
    for content, said in ((whole[:-9], "cannot be read as Parquet"), (b"", "is empty"), (b"text,label\n", "cannot be")):
        path.write_bytes(content)
        with pytest.raises(DataError, match=said):
            table(str(path), {"text": "text", "label": "label"})
    path.write_bytes(whole[:60] + bytes(40) + whole[100:])
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        table(str(path), {"text": "text", "label": "label"})
    first, _, rest = whole.partition(b"\x18\x04text")  # the column's name in the footer
    path.write_bytes(first + b"\x18\x04tex\xff" + rest)
    with pytest.raises(DataError, match="cannot be read as Parquet: 'utf-8' codec"):
        table(str(path), {"text": "text", "label": "label"})


def test_parquet_with_invalid_utf8_is_refused(tmp_path: Path) -> None:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    texts = pa.array([b"fine", b"caf\xe9"]).cast(pa.string(), safe=False).view(pa.string())
    parquet.write_table(pa.table({"text": texts, "label": ["x", "y"]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="cannot be read as Parquet: 'utf-8' codec"):
        table(str(tmp_path / "t.parquet"), {"text": "text", "label": "label"})


def pictures(folder: Path, *names: str) -> None:
    for at, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (at * 40, 0, 0)).save(folder / name)


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (("photos/a.png", "photos/b.png"), {}),
        (("photos\\a.png", "photos\\b.png"), {}),
        (("a.png", "b.png"), {"root": "photos"}),
        (("a", "b.png"), {"root": "photos", "suffix": ".png"}),
        (("photos/a", "photos/b"), {"suffix": "png"}),
    ],
)
def test_images_are_found_by_root_suffix_and_backslashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: tuple[str, str], options: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path, "photos/a.png", "photos/b.png")
    samples = written(tmp_path, f"file,label\n{cells[0]},x\n{cells[1]},y\n", image="file", label="label", **options)
    assert len(samples.labels) == 2


@pytest.mark.parametrize(
    ("cell", "fix"),
    [("photos/a", "suffix=.png"), ("a.png", "root=.*photos"), ("a", "root=.*photos&suffix=.png"), ("z", "relative to")],
)
def test_missing_images_name_the_option_that_finds_them(tmp_path: Path, cell: str, fix: str) -> None:
    pictures(tmp_path, "photos/a.png")
    with pytest.raises(DataError, match=fix):
        written(tmp_path, f"file,label\n{cell},x\n{cell},y\n", image="file", label="label")


def test_options_of_images_are_refused_for_texts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="suffix= needs an image column"):
        written(tmp_path, "text,label\na,x\nb,y\n", text="text", label="label", suffix=".png")


def test_classes_are_in_the_order_that_is_given(tmp_path: Path) -> None:
    content = "text,grade\na,poor\nb,best\nc,fair\nd,poor\n"
    assert written(tmp_path, content, text="text", label="grade").task.names == ("best", "fair", "poor")
    samples = written(tmp_path, content, text="text", label="grade", classes="poor,fair,best")
    assert (samples.task.names, samples.labels.tolist()) == (("poor", "fair", "best"), [0, 2, 1, 0])
    with pytest.raises(DataError, match="label 'best' is not in classes=; "):
        written(tmp_path, content, text="text", label="grade", classes="poor,fair,bests")
    with pytest.raises(UsageError, match="classes= repeats a name"):
        written(tmp_path, content, text="text", label="grade", classes="poor,fair,best,poor")
    with pytest.raises(UsageError, match="classes= needs one label column"):
        written(tmp_path, content, text="text", label="grade", labels=";", classes="poor,fair,best")


COUNTS = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_tasks():
    from tlzoo.tasks import Regression

    class Counts(Regression):
        kind = "counts"

    return {"counts": Counts}
"""


def test_targets_are_read_by_the_task_of_a_plugin(distributions, tmp_path: Path) -> None:
    distributions.add("acme", COUNTS)
    content = "text,n,m\na,1,4\nb,2,5\n"
    samples = written(tmp_path, content, text="text", target="n,m", task="counts")
    assert (samples.task.kind, samples.task.names) == ("counts", ("n", "m"))
    assert samples.labels.tolist() == [[1, 4], [2, 5]]
    assert written(tmp_path, content, text="text", target="n", task="regression").task == Regression(("n",))
    for options in ({"target": "n", "task": "classification"}, {"label": "n", "task": "counts"}):
        with pytest.raises(UsageError, match="does not fit these columns"):
            written(tmp_path, content, text="text", **options)
    with pytest.raises(UsageError, match="unknown task 'count'; did you mean 'counts'"):
        written(tmp_path, content, text="text", target="n", task="count")


ONE_HOT = "text,MEL,NV,BCC\na,1.0,0.0,0\nb,0,1,0.0\nc,0,0,1.00\nd,1,0,0\n"


def test_one_hot_columns_are_exclusive_classes_unless_the_task_is_given(tmp_path: Path) -> None:
    samples = written(tmp_path, ONE_HOT, text="text", label="MEL,NV,BCC")
    assert samples.task.kind == "classification"
    assert samples.task.names == ("MEL", "NV", "BCC")
    assert samples.labels.tolist() == [0, 1, 2, 0]
    assert samples.notes == (
        "every row has a single 1 in 3 label columns: the task is classification with 3 classes; "
        "task=multi-label makes it multi-label",
    )
    apart = written(tmp_path, ONE_HOT, text="text", label="MEL,NV,BCC", task="multi-label")
    assert (apart.task, apart.notes) == (MultiLabel(("MEL", "NV", "BCC")), ())


def test_a_row_of_two_is_several_labels_and_refused_as_one_class(tmp_path: Path) -> None:
    content = ONE_HOT + "e,1,1,0\n"
    assert written(tmp_path, content, text="text", label="MEL,NV,BCC").task.kind == "multi-label"
    with pytest.raises(DataError, match="line 6 has 2 of its classes"):
        written(tmp_path, content, text="text", label="MEL,NV,BCC", task="classification")
    with pytest.raises(UsageError, match="task=multi-label does not fit these columns"):
        written(tmp_path, content, text="text", label="MEL", task="multi-label")


def test_a_column_of_single_labels_is_reported(tmp_path: Path) -> None:
    samples = written(tmp_path, "text,tags\na,x\nb,y\n", text="text", label="tags", labels=";")
    assert samples.notes == ("every row has a single label; leave out labels= for classification",)
