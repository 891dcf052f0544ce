"""Which tests run a line: measured once for each folder of tests, by coverage with a context for each test and phase.

Processes that tests start are measured as well, unless they are killed.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coverage import CoverageData
from coverage.exceptions import CoverageException

from .checkout import hash_of, is_mirror, package_of, source_files, test_modules
from .tree import Tree

_SETTINGS = """\
[run]
source = {sources}
data_file = {data}
parallel = true
core = ctrace
patch = _exit
disable_warnings = no-data-collected, module-not-imported, module-not-measured, couldnt-parse, no-ctracer
"""
_FINISHED = {0, 1}
"""pytest's exit status if all tests were run; some may fail under coverage."""


class Test(NamedTuple):
    """A test as the map knows it: ``seconds`` of wall time, measured under coverage."""

    name: str
    seconds: float
    slow: bool

    @property
    def module(self) -> str:
        """Path of its file."""
        return self.name.partition("::")[0]


@dataclass(frozen=True, slots=True)
class _Measurement:
    """One folder of tests: its tests, the lines that they ran, and the files that were measured."""

    prefix: str
    hashes: Mapping[str, str]
    tests: Mapping[str, Test]
    data: CoverageData

    @classmethod
    def read(cls, path: Path) -> _Measurement:
        about = json.loads(path.read_text("utf-8"))
        data = CoverageData(str(path.with_suffix(".coverage")))
        data.read()
        tests = {name: Test(name, wall, slow) for name, _, wall, slow, _ in about["tests"]}
        return cls(about["prefix"], about["hashes"], tests, data)


class CoverageMap:
    """The measurements that lie in a folder.

    Attributes:
        tests: All measured tests by name.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._root, self._folder = root, folder
        self._measurements = [_Measurement.read(path) for path in sorted(folder.glob("*.json"))]
        self.tests: dict[str, Test] = {}
        for each in self._measurements:
            self.tests |= each.tests

    def files(self) -> list[str]:
        """Return the paths of the source files that tests cover."""
        return [file for file in source_files(self._root) if self._lines(file)]

    def covered(self, file: str, line: int) -> bool:
        """Return whether a test, or importing the module, ran the statement that a line belongs to."""
        lines, _ = _statement(self._root / file, line)
        return not lines.isdisjoint(self._lines(file))

    def covering(self, file: str, line: int) -> set[str]:
        """Return names of the tests that run a line.

        If a fixture runs the line, these are all tests of the module. If importing the module runs it, if no test is
        known to run it, or if the file is not as it was measured, these are all tests ``around``.
        """
        lines, in_function = _statement(self._root / file, line)
        contexts = self._contexts(file)
        tests = self._tests_of(set().union(*(contexts[each] for each in lines if each in contexts)))
        return tests if tests and in_function and self._is_unchanged(file) else self.around(file)

    def around(self, file: str) -> set[str]:
        """Return names of the tests that run anything in a file, and of those in its mirrored folder."""
        mirrored = {name for name, test in self.tests.items() if is_mirror(test.module, file)}
        return mirrored | self._tests_of(set().union(*self._contexts(file).values()))

    @cache  # noqa: B019 - one map lives as long as the process
    def modules(self) -> dict[str, bool]:
        """Return the paths of all modules of tests, and whether they were measured."""
        known = {test.module for test in self.tests.values()}
        return {module: module in known for module in test_modules(self._root)}

    def has_slow(self, module: str) -> bool:
        """Return whether slow tests of a module's folder were measured."""
        folder = str(Path(module).parent)
        return any(test.slow for test in self.tests.values() if str(Path(test.module).parent) == folder)

    @cache  # noqa: B019 - as above
    def _lines(self, file: str) -> set[int]:
        return {line for each in self._measurements for line in each.data.lines(f"{each.prefix}/{file}") or ()}

    @cache  # noqa: B019 - as above
    def _contexts(self, file: str) -> dict[int, set[str]]:
        """Return the contexts, ``TEST (PHASE)``, of every line of a file."""
        found: dict[int, set[str]] = defaultdict(set)
        for each in self._measurements:
            for line, contexts in each.data.contexts_by_lineno(f"{each.prefix}/{file}").items():
                found[line].update(contexts)
        return found

    def _is_unchanged(self, file: str) -> bool:
        hashed = hash_of(self._root / file)
        return all(each.hashes.get(file) == hashed for each in self._measurements)

    def _tests_of(self, contexts: Iterable[str]) -> set[str]:
        pairs = [context.rpartition(" (")[::2] for context in contexts]
        modules = {name.partition("::")[0] for name, phase in pairs if phase == "setup)"}
        tests = {name for name, _ in pairs if name in self.tests}
        return tests | {name for name, test in self.tests.items() if test.module in modules}


def measure(root: Path, folder: Path, tests: Iterable[str], processes: int, *, quick: bool = False) -> None:
    """Measure folders of tests in a copy of the checkout, but for those that were measured before.

    Args:
        root: Folder of the checkout.
        folder: Folder of the measurements.
        tests: Folders of tests, from the root.
        processes: Number of processes that share the tests.
        quick: Measure the quick tests only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in tests if not _path(folder, each).exists()]
    if not missing:
        return
    tree = Tree(root, folder / "tree")
    shutil.copy(Path(__file__).with_name("contexts.py"), tree.site / "measured_contexts.py")
    (tree.site / "measured.pth").write_text("import measured_contexts\n")
    hashes = {file: hash_of(root / file) for file in source_files(root)}
    for each in missing:
        print(f"measuring which lines the tests in {each} run", flush=True)
        times = _measure(tree, folder, each, processes, quick=quick)
        about = {"prefix": str(tree.folder), "hashes": hashes, "tests": times}
        _path(folder, each).with_suffix(".unfinished").write_text(json.dumps(about), "utf-8")
        _path(folder, each).with_suffix(".unfinished").rename(_path(folder, each))
    shutil.rmtree(tree.folder)


def _measure(tree: Tree, folder: Path, tests: str, processes: int, *, quick: bool) -> list[list[object]]:
    """Run the tests of a folder under coverage; return the record of their times."""
    parts, data = folder / "parts", _path(folder, tests).with_suffix(".coverage")
    shutil.rmtree(parts, ignore_errors=True)
    data.unlink(missing_ok=True)
    parts.mkdir()
    sources = ", ".join(
        str(tree.folder / each) for each in sorted({package_of(file) for file in source_files(tree.root)})
    )
    (parts / "settings").write_text(_SETTINGS.format(sources=sources, data=parts / "data"))
    tier = [] if quick else ["--all"]
    command = [tree.python, "tests/benchmarks/suite.py", *tier, f"--record={parts / 'times'}", "--", tests]
    with _path(folder, tests).with_suffix(".log").open("w") as log:
        done = subprocess.run(
            [*command, f"--numprocesses={processes}", "--dist=loadfile", "-p", "no:cacheprovider"],
            cwd=tree.folder,
            env={**tree.environment, "COVERAGE_PROCESS_START": str(parts / "settings")},
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode not in _FINISHED or not (parts / "times").exists():
        raise RuntimeError(f"the tests in {tests} were not run to their end; see {log.name}")
    combined = CoverageData(str(data))
    for part in sorted(parts.glob("data.*")):
        measured = CoverageData(str(part))
        with suppress(CoverageException):  # its process was killed while it wrote
            measured.read()
            combined.update(measured)
    combined.close()
    return [json.loads(line) for line in (parts / "times").read_text("utf-8").splitlines()]


def _path(folder: Path, tests: str) -> Path:
    return folder / f"{tests.replace('/', '-')}.json"


@cache
def _statement(path: Path, line: int) -> tuple[frozenset[int], bool]:
    """Return the lines of the innermost statement at a line, without statements in it; and whether it is in a function.

    Of a compound statement (``if``, ``for``, ``with``) these are the lines before its body.
    """
    lines, in_function = range(line, line + 1), False
    nodes: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while nodes:
        node = nodes.pop()
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                continue
            first = getattr(child, "lineno", None) or child.pattern.lineno
            last = max(each.end_lineno or 0 for each in ast.walk(child) if hasattr(each, "end_lineno"))
            if not first <= line <= last:
                continue
            body = getattr(child, "body", None)
            if isinstance(body, list) and line >= body[0].lineno:
                lines, in_function = range(line, line + 1), in_function or isinstance(child, ast.FunctionDef)
                nodes.append(child)
            else:
                lines = range(first, body[0].lineno if isinstance(body, list) else last + 1)
    return frozenset(lines), in_function
