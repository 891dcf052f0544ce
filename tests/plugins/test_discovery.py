"""Plugins are found, and judged by what can be known of them, without importing them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import tlzoo.cli
from tlzoo.files.folders import disabled_plugins_path
from tlzoo.plugins import catalog, disable, forget


def explode() -> None:
    raise AssertionError("imported")


def test_a_plugin_is_found_with_its_registry_and_not_imported(distributions) -> None:
    folder = distributions.add("acme-pets", explode, entries=("acme-pets/net.pets",))
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    plugin = catalog().plugins["acme-pets"]
    assert (plugin.status, plugin.version, plugin.module) == ("ok", "1.0", "acme_pets.plugin")
    assert catalog().get("acme-pets/net.pets").plugin == "acme-pets"
    assert "acme_pets" not in sys.modules


def test_the_core_is_one_of_them_and_the_first() -> None:
    assert next(iter(catalog().plugins)) == "tlzoo"


def test_one_that_is_installed_or_removed_later_is_noticed(distributions) -> None:
    assert "acme" not in catalog().plugins
    distributions.add("acme")
    assert "acme" in catalog().plugins
    (distributions.folder / "acme-1.0.dist-info").rename(distributions.folder / "gone")
    distributions.add("other")
    assert "acme" not in catalog().plugins


def test_a_changed_entry_point_is_noticed(distributions) -> None:
    distributions.add("acme")
    assert catalog().plugins["acme"].module == "acme.plugin"
    points = distributions.folder / "acme-1.0.dist-info" / "entry_points.txt"
    points.write_text("[tlzoo.plugins]\nacme = acme.hooks\n")
    catalog.cache_clear()
    assert catalog().plugins["acme"].module == "acme.hooks"


def test_another_api_is_incompatible(distributions) -> None:
    distributions.add("acme", explode, api=">=7")
    plugin = catalog().plugins["acme"]
    assert plugin.status == "incompatible"
    assert plugin.reason == "it is made for plugin API >=7, but this version of tlzoo has plugin API 0.2"
    assert plugin.fix == "install another version of acme or of tlzoo"


def test_a_plugin_for_the_former_api_is_disabled_with_the_page_on_migration(distributions, capsys) -> None:
    distributions.add("acme", explode, entries=("acme/net.pets",), api=">=0.1,<0.2")
    why = "it is made for plugin API >=0.1,<0.2, but this version of tlzoo has plugin API 0.2"
    fix = "upgrade acme; for its authors, the changes are in docs/reference/migrating-to-0.2.md"

    assert tlzoo.cli.main(["plugins", "list", "acme"]) == 0
    assert f"acme: {why}; {fix}" in capsys.readouterr().err
    assert tlzoo.cli.main(["list", "acme/*", "--json"]) == 0
    assert [row["installed"] for row in json.loads(capsys.readouterr().out)] == [False]
    assert tlzoo.cli.main(["list", "acme/*"]) == 0
    assert f"1 from the plugin acme, incompatible: {why}; {fix}\n" in capsys.readouterr().err
    assert tlzoo.cli.main(["train", "--backbone", "acme/net.pets", "--data", "digits:"]) == 3
    assert f"acme/net.pets: its plugin 'acme' cannot be used (incompatible): {why}; {fix}\n" in capsys.readouterr().err
    assert "acme" not in sys.modules


def test_the_diagnosis_names_the_page_on_migration(distributions, monkeypatch) -> None:
    from tlzoo.zoo import diagnosis

    monkeypatch.setattr(diagnosis, "_tensorflow", lambda: {"error": "not asked", "backend": None, "devices": []})
    distributions.add("acme", explode, api=">=0.1,<0.2")
    (fix,) = [each["fix"] for each in diagnosis.diagnose()["problems"] if "acme" in each["what"]]
    assert "docs/reference/migrating-to-0.2.md" in fix


def test_a_list_of_disabled_plugins_of_a_newer_format_is_refused_in_one_line(
    distributions, capsys, monkeypatch
) -> None:
    distributions.add("acme", explode)
    disable(["other"])
    path = Path(disabled_plugins_path())
    path.write_text(path.read_text().replace("= 1", "= 7"))
    forget()
    assert tlzoo.cli.main(["plugins", "list"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "disabled-plugins.txt has format 7, but this version of tlzoo reads formats up to 1; upgrade tlzoo"
    )
    monkeypatch.setenv("TLZOO_PLUGINS", "none")
    forget()
    assert tlzoo.cli.main(["plugins", "list", "acme"]) == 0


def test_without_a_registry_it_is_broken(distributions) -> None:
    (distributions.add("acme", explode) / "registry.toml").unlink()
    assert catalog().plugins["acme"].reason == "its package 'acme' has no registry.toml"


def test_with_an_invalid_registry_it_is_broken(distributions) -> None:
    distributions.add("acme", explode, more="namespace = 3\n")
    plugin = catalog().plugins["acme"]
    assert plugin.status == "broken"
    assert "namespace: no such key; did you mean 'namespaces'?" in plugin.reason


def test_a_registry_of_another_name_is_broken(distributions) -> None:
    path = distributions.add("acme", explode) / "registry.toml"
    path.write_text(path.read_text().replace('plugin = "acme"', 'plugin = "acne"'))
    assert catalog().plugins["acme"].fix == "set plugin = 'acme' in its registry.toml"


def test_the_index_decides_who_owns_a_namespace(distributions) -> None:
    distributions.add("acme", explode, namespace="keras", entries=("keras/net.pets",))
    plugin = catalog().plugins["acme"]
    assert plugin.status == "conflict"
    assert plugin.reason == "the namespace 'keras' of its entries belongs to 'tlzoo-vision'"
    assert "keras/net.pets" not in [entry.id for entry in catalog().entries()]


def test_where_the_index_is_silent_the_later_is_in_conflict(distributions) -> None:
    for name in ("zeta", "acme"):
        distributions.add(name, explode, namespace="pets", entries=("pets/net.pets",))
    assert catalog().plugins["acme"].status == "ok"
    assert catalog().plugins["zeta"].reason == "the namespace 'pets' of its entries belongs to 'acme'"
    assert catalog().get("pets/net.pets").plugin == "acme"


def test_two_entry_points_are_too_many(distributions) -> None:
    distributions.add("acme", explode)
    points = distributions.folder / "acme-1.0.dist-info" / "entry_points.txt"
    points.write_text("[tlzoo.plugins]\na = acme.a\nb = acme.b\n")
    catalog.cache_clear()
    assert catalog().plugins["acme"].reason == "it has several entry points in the group tlzoo.plugins: acme.a, acme.b"


@pytest.mark.parametrize("allowed", ["none", "", "other, another"])
def test_one_that_is_not_allowed_is_disabled(distributions, monkeypatch, allowed: str) -> None:
    distributions.add("acme", explode, entries=("acme/net.pets",))
    monkeypatch.setenv("TLZOO_PLUGINS", allowed)
    assert catalog().plugins["acme"].status == "disabled"
    assert catalog().plugins["tlzoo"].status == "ok"
    assert not catalog().installed(catalog().get("acme/net.pets"))


def test_one_that_is_allowed_is_not(distributions, monkeypatch) -> None:
    distributions.add("acme")
    monkeypatch.setenv("TLZOO_PLUGINS", "other, acme")
    assert catalog().plugins["acme"].status == "ok"


def test_a_module_without_a_package_has_no_registry(distributions) -> None:
    distributions.add("acme")
    (distributions.folder / "single.py").touch()
    points = distributions.folder / "acme-1.0.dist-info" / "entry_points.txt"
    points.write_text("[tlzoo.plugins]\nacme = single\n")
    catalog.cache_clear()
    assert catalog().plugins["acme"].status == "broken"


def test_an_editable_install_is_found_through_its_pth(distributions, tmp_path: Path, monkeypatch) -> None:
    folder = distributions.add("acme", entries=("acme/net.pets",))
    elsewhere = tmp_path / "checkout"
    elsewhere.mkdir()
    folder.rename(elsewhere / "acme")
    monkeypatch.syspath_prepend(elsewhere)
    catalog.cache_clear()
    assert catalog().plugins["acme"].registry.origin == str(elsewhere / "acme" / "registry.toml")
