"""The algebra of selections, on a model of three stages, one of them without variables."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from tlzoo.errors import UsageError
from tlzoo.strategies import Parts, Selection, everything, head, matching, stages, stages_from, top

PARTS = Parts(
    head=frozenset({"logits/kernel", "logits/bias"}),
    stages={
        "stem": frozenset({"stem/kernel"}),
        "body": frozenset({"body/kernel", "body/gamma"}),
        "tip": frozenset({"tip/kernel", "tip/gamma"}),
        "pooling": frozenset(),
    },
)
ADAPTER: TypeAdapter[Selection] = TypeAdapter(Selection)
HEAD = {"logits/kernel", "logits/bias"}
TIP = {"tip/kernel", "tip/gamma"}
BODY = {"body/kernel", "body/gamma"}

CASES: list[tuple[Selection, set[str]]] = [
    (head(), HEAD),
    (everything(), HEAD | TIP | BODY | {"stem/kernel"}),
    (stages("stem", "tip"), TIP | {"stem/kernel"}),
    (stages_from("body"), BODY | TIP),
    (top(1), TIP),
    (top(2), BODY | TIP),
    (top(9), {"stem/kernel"} | BODY | TIP),
    (matching("*/gamma", "stem/*"), {"body/gamma", "tip/gamma", "stem/kernel"}),
    (head() | top(1), HEAD | TIP),
    (everything() - head(), {"stem/kernel"} | BODY | TIP),
    (head() | stages_from("body") - matching("*/gamma"), HEAD | {"body/kernel", "tip/kernel"}),
    (top(2) & matching("*/gamma"), {"body/gamma", "tip/gamma"}),
    ((head() | top(1)) & matching("*/kernel"), {"logits/kernel", "tip/kernel"}),
    (head() | stages("body") & matching("*/gamma"), HEAD | {"body/gamma"}),
]


@pytest.mark.parametrize(("selection", "paths"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_selection_gives_its_paths(selection: Selection, paths: set[str]) -> None:
    assert selection.paths(PARTS) == paths


@pytest.mark.parametrize("selection", [case[0] for case in CASES], ids=str)
def test_a_selection_survives_json(selection: Selection) -> None:
    again = ADAPTER.validate_json(ADAPTER.dump_json(selection))
    assert again == selection
    assert str(again) == str(selection)


@pytest.mark.parametrize(
    "selection", [head() - head(), head() & top(1), matching("*/beta"), stages("pooling"), head() | matching("nope")]
)
def test_an_empty_selection_is_refused(selection: Selection) -> None:
    with pytest.raises(UsageError, match="selects no variable"):
        selection.paths(PARTS)


def test_an_intersection_is_shown_with_its_unions_in_brackets() -> None:
    assert str((head() | top(2)) & matching("*/kernel")) == "(head + top 2 stages) & matching */kernel"


def test_an_unknown_stage_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"no stage 'boddy'.*'body'"):
        stages_from("boddy").paths(PARTS)


@pytest.mark.parametrize(
    "data",
    [{"kind": "head", "stage": "tip"}, {"kind": "tops", "count": 1}, {"kind": "top", "count": 0}, {"count": 1}, "head"],
)
def test_an_invalid_selection_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(data)
