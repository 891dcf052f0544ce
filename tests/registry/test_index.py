"""The index: merged from registries, read back as what it was merged from, up to date in this checkout."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tlzoo.errors import RegistryError
from tlzoo.registry import build_index, index_path, read_index, read_registry
from tlzoo.registry.checkout import distributions

REGISTRY = """
format = 1
plugin = "{plugin}"
requirement = "{plugin}[all]>=1"
api = ">=0.2,<0.3"
namespaces = ["{namespace}"]

[entries."{namespace}/net.pets"]
summary = 'Says "cat" or \\ dog'
modality = "vision"
loader = "net"
licence = "MIT"
files.weights = {{ source = "https://example.org/net.h5", hash = "md5:00000000000000000000000000000000", bytes = 3 }}
files."other file" = {{ source = "package:acme/other" }}
input = {{ kind = "image", size = [64, 96], mean = [0.5, 0.5, 0.5] }}
features = {{ kind = "map", pooling = "average" }}
training = {{ name = "pets", statistics = {{ "per class" = [1, 2.5], none = {{}} }} }}
reported = [
  {{ metric = "top1", value = 0.9, data = "pets", source = "https://example.org/a" }},
  {{ metric = "top5", value = 1.0, data = "pets", source = "https://example.org/b" }},
]
measured = {{ parameters = 7, flops = 14, feature_shape = [2, 3, 4] }}
options.width = 1.5
aliases = ["{namespace}/old.pets"]
"""

MakeRegistry = Callable[..., Path]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRegistry:
    """Make a distribution's folder, with its registry in its package."""
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))

    def make(plugin: str, namespace: str | None = None) -> Path:
        package = tmp_path / plugin / f"{plugin}_package"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "registry.toml").write_text(REGISTRY.format(plugin=plugin, namespace=namespace or plugin))
        return tmp_path / plugin

    return make


def test_the_index_has_the_plugins_and_entries_of_the_registries(registry: MakeRegistry, tmp_path: Path) -> None:
    folders = [registry("zeta"), registry("acme")]
    path = tmp_path / "index.toml"
    path.write_text(build_index(folders))
    index = read_registry(path)
    assert [provider.plugin for provider in index.providers] == ["acme", "zeta"]
    own = read_registry(folders[1] / "acme_package" / "registry.toml")
    assert index.of("acme") == own.entries
    assert index.provider("acme") == own.providers[0]


def test_files_next_to_a_registry_are_not_for_an_index(registry: MakeRegistry) -> None:
    folder = registry("acme")
    path = folder / "acme_package" / "registry.toml"
    text = path.read_text().replace('"package:acme/other"', '["file:./a/other"]')
    path.write_text(text)
    (entry,) = read_registry(path).of("acme")
    assert entry.files["other file"].source == f"file:{path.parent}/a/other"
    with pytest.raises(RegistryError, match=r"acme/net\.pets has the file \./a/other next to the registry"):
        build_index([folder])


def test_one_built_from_an_index_is_the_same(registry: MakeRegistry, tmp_path: Path) -> None:
    path = tmp_path / "index.toml"
    path.write_text(build_index([registry("acme"), registry("zeta")]))
    assert build_index([path]) == path.read_text()


def test_a_namespace_claimed_twice_names_both(registry: MakeRegistry) -> None:
    with pytest.raises(RegistryError, match=r"namespace 'pets' is claimed by acme \(.*\) and by zeta \(.*\)"):
        build_index([registry("acme", "pets"), registry("zeta", "pets")])


def test_a_plugin_twice_is_refused(registry: MakeRegistry) -> None:
    folder = registry("acme")
    with pytest.raises(RegistryError, match="plugin 'acme' is claimed by"):
        build_index([folder, folder])


def test_a_reserved_namespace_is_refused(registry: MakeRegistry) -> None:
    with pytest.raises(RegistryError, match="'hub' is reserved"):
        build_index([registry("acme", "hub")])


def test_a_folder_without_a_registry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"needs exactly one package with a registry\.toml; found none"):
        build_index([tmp_path])


def test_registries_of_the_house_join_it(registry: MakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [registry(name) / f"{name}_package" / "registry.toml" for name in ("acme", "zeta")]
    monkeypatch.setenv("TLZOO_REGISTRY", os.pathsep.join(map(str, paths)))
    index = read_index()
    assert index.owner("acme") == "acme"
    assert index.owner("keras") == "tlzoo-vision"
    assert index.owner("local") == "tlzoo"
    assert index.owner("nobodys") is None


def test_one_of_the_house_may_not_take_a_known_namespace(
    registry: MakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TLZOO_REGISTRY", str(registry("acme", "keras") / "acme_package" / "registry.toml"))
    with pytest.raises(RegistryError, match=r"namespace 'keras' is claimed by tlzoo-vision .* and by acme"):
        read_index()


def test_the_index_of_this_checkout_is_up_to_date() -> None:
    assert index_path().read_text() == build_index(distributions(index_path().parent))


def test_any_number_of_files_add_entries_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for path in paths:
        text = REGISTRY.format(plugin="tlzoo", namespace="local").replace("/net.pets", f"/{path.stem}.pets")
        path.write_text(text.replace("local/old.pets", f"local/{path.stem}.old"), "utf-8")
    monkeypatch.setenv("TLZOO_REGISTRY", os.pathsep.join(map(str, paths)))
    ids = {entry.id for entry in read_index().entries}
    assert {"local/one.pets", "local/two.pets", "vision/glyphnet.glyphs"} <= ids
    from tlzoo.plugins.catalog import read_catalog

    assert read_catalog().get("local/one.pets").plugin == "tlzoo"


def test_two_files_with_one_local_id_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for path in paths:
        path.write_text(REGISTRY.format(plugin="tlzoo", namespace="local"), "utf-8")
    monkeypatch.setenv("TLZOO_REGISTRY", os.pathsep.join(map(str, paths)))
    with pytest.raises(RegistryError, match=r"id 'local/net\.pets' is claimed by"):
        read_index()
