"""The two tiers of the suite, and its parallel execution.

``pytest`` runs the quick tier: all tests but those marked ``slow``. ``pytest --all`` runs every test. A slow test whose
id is given, or that ``-m`` names, runs without ``--all``.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST_WORKERS = 8
BYTES_A_WORKER = 3 * 2**30  # a process with TensorFlow, and the server that forks for it
COLLECTED_AFTER = (10_000, 10, 10)
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir(), "tlzoo-tests-hypothesis")))
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def unsynced(descriptor: int) -> None:
    """Leave what was written to the system: tests kill processes, which loses nothing, and never the power."""


os.fsync = unsynced


def leave_graphs_as_traced() -> None:
    """Skip TensorFlow's rewriting of graphs: each is run a few times here, and rewriting costs a tenth of the time.

    Commands that start as a user starts them, such as those of the README, rewrite as usual.
    """
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all", action="store_true", help="run the slow tests too; -k and --lf alone choose among the quick ones"
    )


def pytest_report_header(config: pytest.Config) -> str:
    return "tier: all tests" if config.option.all else "tier: quick; --all adds the slow tests"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one process per core, or 0 if a single file is tested; divide TensorFlow's threads among them."""
    files = {argument.partition("::")[0] for argument in config.args}
    if (len(files) == 1 and Path(*files).is_file()) or config.getoption("trace"):
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, MOST_WORKERS, _memory() // BYTES_A_WORKER)
    if workers < 2:
        return 0
    for name in THREADS:
        os.environ.setdefault(name, str(cores // workers))
    return workers


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the slow tests; put the files with most of them first, to balance the processes."""
    slow_tests = Counter(item.path for item in items if item.get_closest_marker("slow"))
    if not (config.option.all or "slow" in config.option.markexpr):
        folder = config.invocation_params.dir
        parts = [argument.partition("::") for argument in config.args]
        named = {((folder / file).resolve(), rest) for file, separator, rest in parts if separator}
        slow = [item for item in items if item.get_closest_marker("slow") and not _is_named(item, named)]
        config.hook.pytest_deselected(items=slow)
        left_out = set(slow)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: -slow_tests[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Import TensorFlow and the test modules without garbage collections, which would find next to nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Keep what was imported out of garbage collections, and collect less often: they cost a tenth of the time."""
    leave_graphs_as_traced()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Undo it: Hypothesis, which is imported for its summary, looks for its objects by way of the collector."""
    gc.unfreeze()


def _is_named(item: pytest.Item, named: set[tuple[Path, str]]) -> bool:
    own = item.nodeid.partition("::")[2]
    return any(item.path == file and (own == name or own.startswith((f"{name}[", f"{name}::"))) for file, name in named)


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return BYTES_A_WORKER * MOST_WORKERS
