"""Finding tasks by their kind: tlzoo's own, those of plugins, and those that cannot be used."""

from __future__ import annotations

import pytest

from tlzoo.cli import main
from tlzoo.errors import PluginError, UsageError
from tlzoo.tasks import Classification, find_task, task_named

TASKS = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_tasks():
    from tlzoo.tasks import Classification, Task

    class Grades(Classification):
        kind = "grades"

    class Half(Task):
        kind = "half"

    return %s
"""


@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        ("{'marks': Grades}", "marks", "its task 'marks' has the kind 'grades'"),
        ("{'half': Half}", "half", "its task 'half' does not define 'criterion'"),
        ("{'three': 3}", "three", "its task 'three' is not a subclass of tlzoo.tasks.Task: 3"),
        ("{'a b&c': Grades}", "a b&c", "the name of its task 'a b&c' may only have letters"),
    ],
)
def test_a_task_that_cannot_be_used_is_refused_with_its_plugin(
    distributions, given: str, kind: str, reason: str
) -> None:
    distributions.add("acme", TASKS % given)
    with pytest.raises(PluginError, match=f"the plugin 'acme' is broken: {reason}"):
        find_task(kind)


def test_a_task_of_a_plugin_is_found_and_an_unknown_one_has_a_suggestion(distributions) -> None:
    distributions.add("acme", TASKS % "{'grades': Grades}")
    assert task_named("grades").kind == "grades"
    assert find_task("grade") is None
    with pytest.raises(UsageError, match="unknown task 'grade'; did you mean 'grades'"):
        task_named("grade")


def test_a_plugin_cannot_replace_a_task_of_tlzoo(distributions, capsys) -> None:
    distributions.add("acme", TASKS % "{'classification': Grades}")
    assert find_task("classification") is Classification
    assert find_task("grades") is None
    assert main(["plugins", "list"]) == 0
    assert "conflict" in next(line for line in capsys.readouterr().out.splitlines() if line.startswith("acme"))
