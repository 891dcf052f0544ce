"""The table that listing keeps ready: used while it fits, made again when anything that it is from has changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tlzoo.zoo import query
from tlzoo.zoo.listing.table import listing

INDEX = """
format = 1
[plugins.house]
requirement = "house>=1"
api = ">=0.1"
namespaces = ["house"]
[entries."house/net.pets"]
summary = "x"
modality = "vision"
loader = "net"
licence = "MIT"
files.weights.source = "package:house/x.h5"
input = { kind = "image", size = [8, 8] }
features = { kind = "map" }
"""


def ids() -> list[str]:
    return [row.id for row in listing().rows if row.plugin in {"acme", "other", "house"}]


@pytest.fixture
def acme(distributions):
    distributions.add("acme", "raise AssertionError", entries=("acme/net10.pets", "acme/net9.pets"))
    return distributions


@pytest.mark.usefixtures("acme")
def test_the_cached_catalogue_is_the_same() -> None:
    made, kept = listing(), listing()
    assert [row.values for row in kept.rows] == [row.values for row in made.rows]
    assert kept.missing == made.missing
    assert ids() == ["acme/net9.pets", "acme/net10.pets"]


@pytest.mark.usefixtures("acme")
def test_a_row_leads_to_its_entry() -> None:
    (row,) = query(["net9"])
    assert (row.entry.id, row.entry.loader) == ("acme/net9.pets", "tiny")


def test_the_cached_catalogue_does_not_read_registries_or_slow_modules(acme) -> None:
    code = "import sys; from tlzoo.cli import main; main(['list', '--json']); print(list(sys.modules), file=sys.stderr)"
    slow = {"dataclasses", "inspect", "pathlib", "shutil", "importlib.metadata", "platformdirs", "tomllib", "pydantic"}
    environment = acme.environment | {
        "TLZOO_LOCK": str(acme.folder / "none.lock")
    }  # one with pins is read with tomllib
    for _ in range(2):  # in a folder where nothing changes between the two
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=acme.folder, env=environment, capture_output=True, text=True, check=True)
    modules = set(json.loads(done.stderr.replace("'", '"')))
    assert not modules & (slow | {"tlzoo.registry", "tlzoo.plugins"})


def test_a_changed_registry_is_noticed(acme) -> None:
    listing()
    registry = acme.folder / "acme" / "registry.toml"
    registry.write_text(registry.read_text().replace("net10", "net100"))
    assert ids() == ["acme/net9.pets", "acme/net100.pets"]


def test_one_more_plugin_is_noticed_and_one_less(acme) -> None:
    listing()
    acme.add("other", entries=("other/net.pets",))
    assert "other/net.pets" in ids()
    (acme.folder / "acme-1.0.dist-info").rename(acme.folder / "gone")
    assert ids() == ["other/net.pets"]


@pytest.mark.usefixtures("acme")
def test_a_plugin_that_may_not_be_used_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(row.installed for row in query(["acme/"]))
    monkeypatch.setenv("TLZOO_PLUGINS", "none")
    assert not any(row.installed for row in query(["acme/"]))
    assert listing().missing["acme"] == (
        "disabled: it is not in TLZOO_PLUGINS=none; unset TLZOO_PLUGINS or add 'acme' to it"
    )


@pytest.mark.usefixtures("distributions")
def test_another_registry_is_noticed_and_its_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    listing()
    house = tmp_path / "house.toml"
    house.write_text(INDEX)
    monkeypatch.setenv("TLZOO_REGISTRY", str(house))
    assert ids() == ["house/net.pets"]
    assert listing().missing["house"].endswith("install 'house>=1'")
    house.write_text(INDEX.replace("house/net", "house/another"))
    assert ids() == ["house/another.pets"]


def test_a_plugin_with_a_later_registry_is_noticed(acme) -> None:
    text = (acme.folder / "acme" / "registry.toml").read_text()
    (acme.folder / "acme" / "registry.toml").unlink()
    assert ids() == []
    (acme.folder / "acme" / "registry.toml").write_text(text)
    assert ids() == ["acme/net9.pets", "acme/net10.pets"]
