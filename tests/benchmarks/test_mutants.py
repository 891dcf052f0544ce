"""Mutation testing applies its faults to a copy, finds the tests that run a line, and resumes."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData
from rich.console import Console

import tlzoo

sys.path.append(str(Path(__file__).parent))  # as for a script of this folder

from mutation.coverage_map import CoverageMap
from mutation.drawing import drawn
from mutation.equivalents import EQUIVALENTS, Equivalent
from mutation.forks import TestProcess
from mutation.handmade import FAULTS, handmade
from mutation.journal import Journal
from mutation.mutant import mutant
from mutation.summary import print_summary
from mutation.tree import Tree
from mutation.trial import Result, Trials

ROOT = Path(tlzoo.__file__).parents[1]
SOURCE = '''\
"""Doubles."""

LIMIT = 10


def double(number: int | None = None) -> int:
    """Return 2 times a number."""
    if number is None or number > LIMIT:
        return 0
    return (
        2
        * number
    )
'''


def git(folder: Path, *words: str) -> None:
    try:
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs git and a checkout: {error}")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one source file and two modules of tests."""
    root = tmp_path / "checkout"
    for file in ("tlzoo/data/double.py", "tests/data/test_double.py", "tests/runs/test_run.py"):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_text(SOURCE)
    git(root, "init", "--quiet")
    return root


def measured(root: Path, folder: Path, contexts: dict[str, list[int]]) -> CoverageMap:
    """Return the coverage contexts of each line of ``double.py``."""
    folder.mkdir()
    file = "tlzoo/data/double.py"
    hashes = {file: hashlib.sha256((root / file).read_bytes()).hexdigest()}
    names = ["tests/data/test_double.py::a", "tests/data/test_double.py::b", "tests/runs/test_run.py::c"]
    about = {
        "prefix": "/copy",
        "hashes": hashes,
        "tests": [[name, 0.1, 0.2, name[-1] == "c", "passed"] for name in names],
    }
    data = CoverageData(str(folder / "all.coverage"))
    for context, lines in contexts.items():
        data.set_context(context)
        data.add_lines({f"/copy/{file}": lines})
    data.close()
    (folder / "all.json").write_text(json.dumps(about))
    return CoverageMap(root, folder)


def test_each_of_the_twenty_faults_changes_one_line() -> None:
    mutants = handmade(ROOT)
    assert len({mutant.name for mutant in mutants}) == len(FAULTS) == 20


def test_a_fault_that_no_longer_applies_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"split-off-by-one: .* must occur once in tlzoo/data/splitting/split.py, not 0"
    ):
        handmade(tmp_path)


def test_every_equivalent_mutant_has_its_line_and_a_reason() -> None:
    for each in EQUIVALENTS:
        assert each.before in [line.strip() for line in (ROOT / each.file).read_text("utf-8").splitlines()]
        assert each.after != each.before
        assert each.reason.endswith(".")


def test_draws_change_behaviour_alone_and_are_the_same_every_time(checkout: Path) -> None:
    def draw() -> list[tuple[int, str]]:
        found = drawn(checkout, ["tlzoo/data/double.py"], lambda _file, _line: True, 40)
        return [(each.line, each.after) for each in found]

    assert draw() == draw()
    assert {line for line, _ in draw()} == {
        3,
        8,
        9,
        12,
    }  # neither docstring nor annotation; at 11 the operator removes the line break


def test_an_edit_leaves_the_draws_of_other_lines(checkout: Path) -> None:
    def draw() -> set[tuple[str, str]]:
        found = drawn(checkout, ["tlzoo/data/double.py"], lambda _file, _line: True, 40)
        return {(each.before, each.after) for each in found}

    before = draw()
    path = checkout / "tlzoo/data/double.py"
    path.write_text(path.read_text().replace("LIMIT = 10\n", "LIMIT = 12\n\nOTHER = LIMIT\n"))
    assert len(before - draw()) == 1


@pytest.mark.parametrize(
    ("line", "tests"),
    [
        (9, {"a"}),  # one test runs it
        (8, {"a", "b"}),  # a fixture runs it, for all tests of its module
        (12, {"c"}),  # of a statement of several lines the first was measured
        (3, {"a", "b", "c"}),  # importing the module runs it
    ],
)
def test_tests_that_run_a_line(checkout: Path, tmp_path: Path, line: int, tests: set[str]) -> None:
    contexts = {
        "": [3, 6],
        "tests/data/test_double.py::a (call)": [9],
        "tests/data/test_double.py::a (setup)": [8],
        "tests/runs/test_run.py::c (call)": [10],
    }
    lines = measured(checkout, tmp_path / "map", contexts)
    assert {name[-1] for name in lines.covering("tlzoo/data/double.py", line)} == tests
    assert lines.covered("tlzoo/data/double.py", line)


def test_lines_of_a_changed_file_are_run_by_all_its_tests(checkout: Path, tmp_path: Path) -> None:
    lines = measured(checkout, tmp_path / "map", {"tests/runs/test_run.py::c (call)": [9]})
    assert not lines.covered("tlzoo/data/double.py", 8)
    path = checkout / "tlzoo/data/double.py"
    path.write_text(path.read_text() + "\n")
    assert {name[-1] for name in lines.covering("tlzoo/data/double.py", 9)} == {"a", "b", "c"}


def test_a_journal_resumes_after_a_line_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    Journal(path).append(Result("one", "caught", "quick"))
    with path.open("a") as stream:
        stream.write('{"name": "tw')
    Journal(path).append(Result("two"))
    assert [(each.name, each.result) for each in Journal(path).results.values()] == [
        ("one", "caught"),
        ("two", "survived"),
    ]


@pytest.mark.parametrize(
    ("results", "is_strong"),
    [
        ({"caught by quick": 9, "caught by slow": 1}, True),
        ({"caught by quick": 8, "caught by slow": 2}, False),
        ({"caught by quick": 9, "survived": 1}, False),
        ({"caught by quick": 9, "not tried": 1}, False),
    ],
)
def test_every_mutant_is_to_be_caught_and_nine_in_ten_by_the_quick_tier(
    results: dict[str, int], is_strong: object, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = [end for end, count in results.items() for _ in range(count)]
    mutants = [mutant(f"m{n}", "hand", "a.py", ("x = 1", "x = 2"), "a fault") for n in range(len(ends))]
    made = {
        "caught by quick": lambda name: Result(name, "caught", "quick", "tests/a.py::a[b]"),
        "caught by slow": lambda name: Result(name, "timeout", "slow"),
        "survived": Result,
    }
    given = {each.name: made[end](each.name) for each, end in zip(mutants, ends, strict=True) if end in made}
    assert print_summary(Console(width=160, markup=False), mutants, given) is is_strong
    assert "tests/a.py::a[b]" in capsys.readouterr().out


def test_an_equivalent_mutant_is_named_and_not_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    equivalent = Equivalent("a.py", "x = 1", "x = 2", "Nothing reads x.")
    monkeypatch.setattr("mutation.equivalents.EQUIVALENTS", (equivalent,))
    one = mutant("one", "drawn", "a.py", ("x = 1", "x = 2"), "NumberReplacer")
    assert print_summary(Console(width=160), [one], {})
    assert "Nothing reads x." in capsys.readouterr().out
    assert print_summary(Console(width=160), [one], {"one": Result("one", "caught", "quick")})
    assert "Nothing reads x." not in capsys.readouterr().out


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    git(ROOT, "rev-parse")
    return Tree(ROOT, tmp_path_factory.mktemp("trees") / "tree")


def test_a_fault_in_a_copy_is_seen_by_processes_there_and_leaves_the_checkout(tree: Tree) -> None:
    fault = next(each for each in handmade(ROOT) if each.name == "where-reversed")
    code = "from tlzoo.zoo.listing.where import _ORDER; print(_ORDER['<'].__name__)"

    def sign() -> str:
        environment = {**tree.environment, "PYTHONPATH": "/elsewhere"}  # tests set their own path
        command = [tree.python, "-c", code]
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=True).stdout

    assert sign() == "lt\n"
    tree.write(fault.file, fault.source)
    assert sign() == "gt\n"
    tree.write(fault.file, fault.source.replace("operator.gt,", "operator.lt,", 1))  # of the same size
    assert sign() == "lt\n"
    tree.restore(fault.file)
    assert (tree.folder / fault.file).read_bytes() == (ROOT / fault.file).read_bytes()


@pytest.mark.slow
def test_the_quick_tier_catches_a_split_that_is_off_by_one(tree: Tree, tmp_path: Path) -> None:
    process = TestProcess(tree)
    try:
        trials = Trials(process, CoverageMap(ROOT, tmp_path), {"quick": 60, "slow": 0})
        result = trials.run(handmade(ROOT)[0])
    finally:
        process.stop()
        shutil.rmtree(tree.folder.with_name("tree-scratch"), ignore_errors=True)
    assert (result.result, result.tier) == ("caught", "quick")
    assert result.test
    assert result.test.startswith("tests/data/splitting/test_split.py::")
