"""Keras layers of plugins are registered with Keras without importing them."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from tlzoo.errors import PluginError
from tlzoo.plugins import forget, plugins, registered
from tlzoo.plugins.keras_layers import layers_of_plugins
from tlzoo.plugins.selection import disabled_plugins_path

LAYERS = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_layers():
    return {"acme>Halve": "acme_layers:Halve"}
"""


def test_layers_are_named_and_not_imported(distributions) -> None:
    distributions.add("acme", LAYERS)
    assert layers_of_plugins()["acme>Halve"] == "acme_layers:Halve"
    assert "acme_layers" not in sys.modules


def test_the_environment_is_read_again_by_the_first_verb() -> None:
    forget()
    layers_of_plugins()
    assert plugins.cache_info().currsize == 0


def test_a_plugin_that_is_being_imported_is_left_alone(distributions, monkeypatch: pytest.MonkeyPatch) -> None:
    distributions.add("acme", "raise AssertionError('imported a second time')")
    module = ModuleType("acme")
    module.__spec__ = ModuleSpec("acme", None)
    module.__spec__._initializing = True  # as the import system does
    monkeypatch.setitem(sys.modules, "acme", module)
    assert layers_of_plugins() == {}


def test_unreadable_settings_do_not_break_the_import_of_keras(distributions) -> None:
    path = Path(disabled_plugins_path())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# format = 99\n")
    forget()
    with pytest.raises(PluginError, match="format 99"):
        registered("tlzoo_layers")
    assert layers_of_plugins() == {}
