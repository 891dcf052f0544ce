"""The tiers of the suite, also where the tests of one plugin alone are run."""

from __future__ import annotations

import pytest


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load what tests/conftest.py loads where the whole suite runs."""
    for name in ("own_folders", "tiers", "fork_server", "hub_server", "kaggle_server"):
        if not pluginmanager.has_plugin(name):
            pluginmanager.import_plugin(name)
