"""No module of tlzoo imports, by others, itself: neither within functions nor for type checkers."""

from graphlib import CycleError, TopologicalSorter

import grimp  # import-linter brings it
import pytest

VERBS = {
    "tlzoo.runs.run": "its verbs are written in modules that take a Run",
    "tlzoo.api": "its signatures name public types as readers do: tlzoo.runs.Run",
}
"""Modules whose imports are left out of the search, with the reason: the facades that hand on to other modules."""


@pytest.mark.parametrize("package", ["tlzoo", "tlzoo_rl", "tlzoo_text", "tlzoo_vision"])
def test_no_module_imports_itself(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)
    imported = {
        module: set() if any(f"{module}.".startswith(f"{verb}.") for verb in VERBS) else found
        for module in graph.modules
        for found in [graph.find_modules_directly_imported_by(module)]
    }
    assert len(imported) > 10
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_search_sees_imports_of_every_kind() -> None:
    """Within a function, for type checkers, and of a package by its name."""
    graph = grimp.build_graph("tlzoo", cache_dir=None)
    found = graph.find_modules_directly_imported_by("tlzoo.modalities.vision.modality")
    assert {"tlzoo.modalities.vision.augmentation.augmenter", "tlzoo.backbones.contract"} <= found
