"""The verbs of Python: their names, arguments and tables. Those that train are tested with what they train."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import tlzoo
import tlzoo.api
from tlzoo.cli.commands import COMMANDS
from tlzoo.errors import PluginError, RunError, UsageError
from tlzoo.registry import Entry

IN_THE_SHELL_ONLY = {"cache"}
OTHER_NAMES = {
    "adapters": "list_adapters",
    "data": "inspect",
    "doctor": "diagnose",
    "export": "export_run",
    "exporters": "list_exporters",
    "heads": "list_heads",
    "list": "entries",
    "new": "new_project",
    "objectives": "list_objectives",
    "plugins": "list_plugins",
    "registry": "add_entry",
    "runs": "find_runs",
    "scores": "list_scores",
    "show": "entry",
    "strategies": "list_strategies",
    "tasks": "list_tasks",
    "trackers": "list_trackers",
}


def test_every_command_of_the_shell_has_a_verb() -> None:
    for command in COMMANDS.keys() - IN_THE_SHELL_ONLY:
        assert callable(getattr(tlzoo, OTHER_NAMES.get(command, command))), command


def test_no_verb_hides_a_subpackage() -> None:
    assert not set(tlzoo.__all__) & set(tlzoo._SUBPACKAGES)
    assert set(tlzoo.api.__all__) <= set(dir(tlzoo))


@pytest.mark.parametrize("name", tlzoo.api.__all__)
def test_editors_can_complete_every_argument(name: str) -> None:
    verb = getattr(tlzoo, name)
    kinds = {each.kind for each in inspect.signature(verb).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert inspect.getdoc(verb)


def test_the_version_is_that_of_the_distribution() -> None:
    assert tlzoo.__version__ == version("tlzoo")


def test_entries_are_filtered_and_show_as_a_table() -> None:
    found = tlzoo.entries("resnet*", where="params < 30M", sort="-top1")
    assert found
    assert all("resnet" in each for each in found.ids)
    assert isinstance(found[0], Entry)
    assert [each.id for each in found] == found.ids
    assert found[:2].ids == found.ids[:2]
    assert found.ids[0] in repr(found)
    assert "<table" in found._repr_html_()
    assert {each["id"] for each in found.to_records()} == set(found.ids)
    assert all(each["params"] < 30e6 for each in found.to_records())


def test_all_entries_are_listed_without_a_pattern() -> None:
    assert tlzoo.entry("glyphnet").id in tlzoo.entries().ids
    assert set(tlzoo.entries(modality="text").ids) < set(tlzoo.entries().ids)
    assert repr(tlzoo.entries("no such entry")).startswith("no entry matches")


def test_wrong_conditions_name_the_nearest() -> None:
    with pytest.raises(UsageError, match="no field 'parms'; did you mean 'params'"):
        tlzoo.entries(where="parms < 3")
    with pytest.raises(UsageError, match="did you mean 'vision'"):
        tlzoo.entries(modality="visio")


@pytest.mark.parametrize(
    ("verb", "one"),
    [
        ("list_strategies", "multi-step"),
        ("list_heads", "linear"),
        ("list_adapters", "images"),
        ("list_scores", "logme"),
        ("list_objectives", "tlzoo/coral"),
        ("list_tasks", "classification"),
    ],
)
def test_components_are_listed_with_their_options(verb: str, one: str) -> None:
    found = getattr(tlzoo, verb)()
    assert one in {each.name for each in found}
    assert one in repr(found)
    (chosen,) = getattr(tlzoo, verb)(one)
    assert (chosen.name, chosen.plugin) == (one, "tlzoo")
    assert chosen.summary
    with pytest.raises(UsageError, match="'nothing-like-it'"):
        getattr(tlzoo, verb)("nothing-like-it")


def test_options_of_a_head_are_plain_values() -> None:
    (mlp,) = tlzoo.list_heads("mlp")
    assert "units" in {each["name"] for each in mlp.options}


def test_plugins_are_listed_and_switched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tlzoo.plugins import forget

    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path))
    assert {"tlzoo", "tlzoo-vision"} <= {each.name for each in tlzoo.list_plugins()}
    try:
        (switched,) = tlzoo.disable_plugins("tlzoo-vision")
        assert switched.status == "disabled"
        (switched,) = tlzoo.enable_plugins("tlzoo-vision")
        assert switched.status == "ok"
        with pytest.raises(PluginError, match="no plugin 'tlzoo-visio' is installed; did you mean"):
            tlzoo.disable_plugins("tlzoo-visio")
    finally:
        forget()


def test_a_comparison_shows_as_a_table() -> None:
    found = tlzoo.compare("glyphnet", "efficientnet-lite0")
    assert all(each in repr(found).splitlines()[0] for each in found.ids)
    assert {each["field"] for each in found.to_records()} == {line.name for line in found.lines}


def test_data_are_inspected_and_previewed(tmp_path: Path) -> None:
    found = tlzoo.inspect("digits:")
    assert found.samples == 1797
    made = tlzoo.preview("digits:", augment={"name": "light"}, samples=2, versions=1, out=tmp_path / "sheet.png")
    assert Path(str(made.out)).is_file()


def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run folder"):
        tlzoo.load_run(tmp_path)
    assert not len(tlzoo.find_runs(tmp_path))
    assert repr(tlzoo.find_runs(tmp_path)).startswith("no runs")


def test_features_are_checked_before_anything_is_computed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.parquet"):
        tlzoo.features("digits:", backbone="glyphnet", out=tmp_path / "a.txt")
    with pytest.raises(UsageError, match="takes text, but digits: is vision"):
        tlzoo.features("digits:", backbone="static.minilm")


@pytest.mark.slow
def test_features_are_those_of_predict() -> None:
    found = tlzoo.features("digits:", backbone="glyphnet").features
    np.testing.assert_allclose(found, tlzoo.load_backbone("glyphnet").predict("digits:"), atol=1e-2, rtol=1e-2)
