"""The trial of one mutant: the tests that run its line, nearest and quickest first, until one fails.

If none does, the tests that run anything else in the file, and those of its mirrored folder, follow in each tier. A
value that is computed once per process, such as a traced graph, is measured in the first test only; later tests depend
on it, too.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from .checkout import is_mirror
from .coverage_map import CoverageMap, Test
from .forks import TestProcess
from .mutant import Mutant

_FIRST_BATCH, _LARGEST_BATCH = 4.0, 64.0
_SECONDS_A_MODULE = 0.5
_LEAST_LIMIT, _SLOWER = 60.0, 10.0

Tier = Literal["quick", "slow"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(slots=True)
class Result:
    """The result of a trial.

    Attributes:
        name: Name of the mutant.
        result: How it ended. A timeout is a catch, too.
        tier: The tier of the test that caught it.
        test: The test that caught it, or the module that could not be imported.
        error: The first line of its message.
        seconds: Wall time of the trial.
        run: Number of tests that were run.
        left: Number of tests that were not run, because the time limit of the mutant was reached.
    """

    name: str
    result: Literal["caught", "timeout", "survived"] = "survived"
    tier: Tier | None = None
    test: str | None = None
    error: str = ""
    seconds: float = 0.0
    run: int = 0
    left: int = 0


@dataclass(slots=True)
class Trials:
    """Runs trials in one tree.

    Attributes:
        process: Runs the tests.
        map: Which tests run a line.
        seconds: How long each tier may take for a mutant, in seconds.
        broken: Names of tests that fail without a mutant, too: they are left out.
        sound: Names of tests that passed without a mutant.
    """

    process: TestProcess
    map: CoverageMap
    seconds: dict[str, float]
    broken: set[str] = field(default_factory=set)
    sound: set[str] = field(default_factory=set)

    def run(self, mutant: Mutant) -> Result:
        """Apply a mutant to the tree, run its tests, restore the tree, and return the result.

        A test catches a mutant if it fails with the mutant, alone too, and passes without it.
        """
        began = time.monotonic()
        result = Result(mutant.name)
        covering = self.map.covering(mutant.file, mutant.line)
        around = self.map.around(mutant.file) - covering
        self.process.tree.write(mutant.file, mutant.source)
        try:
            for tier in TIERS:
                end = time.monotonic() + self.seconds[tier]
                for modules in (self._modules(mutant, covering, tier, added=True), self._modules(mutant, around, tier)):
                    if result.result == "survived":
                        self._run_tests(mutant, modules, result, tier, end)
        finally:
            self.process.tree.restore(mutant.file)
        result.seconds = round(time.monotonic() - began, 1)
        return result

    def _run_tests(
        self, mutant: Mutant, modules: dict[str, list[Test]], result: Result, tier: Tier, end: float
    ) -> None:
        """Run tests of a tier, given by module, until one catches the mutant; write into the result how that ended."""
        tests = {test.name for own in modules.values() for test in own}
        waiting = list(_batches(modules))
        unrelated: set[str] = set()
        while waiting:
            if time.monotonic() > end:
                result.left += sum(len(modules[module]) for batch in waiting for module in batch)
                return
            batch = [module for module in waiting.pop(0) if module not in self.broken | unrelated]
            if not batch:
                continue
            skip = self._others(batch, tests) | self.broken | unrelated
            outcome = self.process.run(batch, self._limit, slow=tier == "slow", skip=skip)
            result.run += len(outcome.passed) + (outcome.failed is not None)
            if outcome.failed is None:
                continue
            if not self._fails_alone(outcome.failed, batch, tier):
                unrelated.add(outcome.failed)
            elif not self._passes_without(mutant, outcome.failed, batch, tier):
                self.broken.add(outcome.failed)
            else:
                result.result = "timeout" if outcome.is_timeout else "caught"
                result.tier, result.test, result.error = tier, outcome.failed, outcome.error
                return
            if "::" not in outcome.failed and outcome.failed not in batch:
                raise RuntimeError(f"tests do not start: {outcome.failed}: {outcome.error}")
            waiting.insert(0, batch)

    def _modules(self, mutant: Mutant, tests: set[str], tier: Tier, *, added: bool = False) -> dict[str, list[Test]]:
        """Return the tests of a tier by module: the mirror of the mutant's file first, then the quickest module.

        With ``added``, modules of the mirrored folder that were not measured in this tier are among them, and so is the
        module named after the file: tests may have been added there since.
        """
        modules: dict[str, list[Test]] = defaultdict(list)
        for name in tests - self.broken:
            if self.map.tests[name].slow is (tier == "slow"):
                modules[self.map.tests[name].module].append(self.map.tests[name])
        own = f"test_{Path(mutant.file).stem}.py"
        for module, is_measured in self.map.modules().items():
            is_known = is_measured and (tier == "quick" or self.map.has_slow(module))
            if added and is_mirror(module, mutant.file) and (not is_known or Path(module).name == own):
                modules.setdefault(module, [])

        def rank(module: str) -> tuple[bool, bool, float]:
            mirror = is_mirror(module, mutant.file)
            return not (mirror and Path(module).name == own), not mirror, _seconds(modules[module])

        return {module: modules[module] for module in sorted(modules, key=rank)}

    def _others(self, modules: list[str], tests: set[str]) -> set[str]:
        """Return the known tests of modules that are not among the tests."""
        return {name for name, test in self.map.tests.items() if test.module in modules and name not in tests}

    def _limit(self, name: str) -> float:
        known = self.map.tests.get(name)
        return _LEAST_LIMIT + _SLOWER * (known.seconds if known else 0.0)

    def _fails_alone(self, failed: str, batch: list[str], tier: Tier) -> bool:
        """Run a test, or the import of a module of tests, alone; return whether it fails."""
        module = failed.partition("::")[0]
        modules = [module] if module in batch else batch[:1]
        skip = self._others(modules, {failed})
        return self.process.run(modules, self._limit, slow=tier == "slow", skip=skip).failed is not None

    def _passes_without(self, mutant: Mutant, failed: str, batch: list[str], tier: Tier) -> bool:
        if failed not in self.sound:
            self.process.tree.restore(mutant.file)
            try:
                if self._fails_alone(failed, batch, tier):
                    return False
            finally:
                self.process.tree.write(mutant.file, mutant.source)
            self.sound.add(failed)
        return True


def _batches(modules: dict[str, list[Test]]) -> Iterator[list[str]]:
    """Yield modules in groups that take about 4, 8, 16, 32 and 64 seconds: most mutants are caught by the first."""
    batch: list[str] = []
    most, sum_ = _FIRST_BATCH, 0.0
    for module, tests in modules.items():
        batch.append(module)
        sum_ += _seconds(tests)
        if sum_ >= most:
            yield batch
            batch, most, sum_ = [], min(2 * most, _LARGEST_BATCH), 0.0
    if batch:
        yield batch


def _seconds(tests: list[Test]) -> float:
    return _SECONDS_A_MODULE + sum(test.seconds for test in tests)
