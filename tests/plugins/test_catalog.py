"""Names resolve to entries; what cannot be used says what to do."""

from __future__ import annotations

import pytest
from made_registries import made_entry

from tlzoo.errors import EntryError, PluginError
from tlzoo.plugins import Catalog, Plugin
from tlzoo.registry import Provider, Registry

INDEX = Registry(
    "index",
    (
        Provider("acme", "acme[gpu]>=2", ">=0", ("acme",)),
        Provider("pets", "pets", ">=0", ("pets",)),
    ),
    (
        made_entry(
            "acme/mobilenet-v2.imagenet",
            "acme",
            aliases=("acme/mobilenet2.imagenet",),
            replaces=("acme/mobilenet-v1.imagenet",),
        ),
        made_entry("acme/resnet.imagenet", "acme"),
        made_entry("pets/resnet.cats", "pets"),
        made_entry("pets/resnet.imagenet", "pets"),
    ),
)
ZOO = Catalog(INDEX, ())


@pytest.mark.parametrize(
    "name", ["acme/mobilenet-v2.imagenet", "mobilenet-v2.imagenet", "mobilenet-v2", "acme/mobilenet-v2"]
)
def test_an_id_and_each_short_form_resolve(name: str) -> None:
    assert ZOO.get(name).id == "acme/mobilenet-v2.imagenet"


def test_a_short_name_of_several_names_them() -> None:
    with pytest.raises(EntryError, match=r"'resnet\.imagenet' is ambiguous: 'acme/resnet\.imagenet' or 'pets/resnet"):
        ZOO.get("resnet.imagenet")
    assert ZOO.get("resnet.cats").id == "pets/resnet.cats"


def test_a_misspelt_name_gets_a_did_you_mean() -> None:
    with pytest.raises(EntryError) as caught:
        ZOO.get("mobilnet-v2")
    assert str(caught.value) == "no entry 'mobilnet-v2'; did you mean 'acme/mobilenet-v2.imagenet'?"


def test_one_that_is_like_none_points_to_the_list() -> None:
    with pytest.raises(EntryError, match="no entry 'zzz'; `tlzoo list` lists all"):
        ZOO.get("zzz")


def test_a_former_id_resolves_with_a_warning() -> None:
    with pytest.warns(FutureWarning, match="'acme/mobilenet2.imagenet' is now called 'acme/mobilenet-v2.imagenet'"):
        assert ZOO.get("acme/mobilenet2.imagenet").id == "acme/mobilenet-v2.imagenet"


@pytest.mark.parametrize("name", ["acme/mobilenet-v1.imagenet", "mobilenet-v1"])
def test_a_removed_entry_is_an_error_with_its_replacement(name: str) -> None:
    with pytest.raises(EntryError) as caught:
        ZOO.get(name)
    assert str(caught.value) == (
        f"{name!r} was removed from the zoo; 'acme/mobilenet-v2.imagenet' replaces it; use that entry; "
        "runs with the removed one need an earlier version of acme"
    )


def test_a_plugin_that_is_not_installed_is_named_with_its_command() -> None:
    with pytest.raises(
        PluginError, match=r"its plugin 'acme' is not installed; run `(uv )?pip install 'acme\[gpu\]>=2'`"
    ):
        ZOO.require_installed(ZOO.get("mobilenet-v2"))


def test_the_registry_of_an_installed_plugin_counts_more_than_the_index() -> None:
    newer = Registry("own", (Provider("acme", "acme", ">=0", ("acme",)),), (made_entry("acme/new.imagenet", "acme"),))
    zoo = Catalog(INDEX, (Plugin("acme", "3", "acme.plugin", registry=newer),))
    assert [each.id for each in zoo.entries()] == ["acme/new.imagenet", "pets/resnet.cats", "pets/resnet.imagenet"]
    assert zoo.installed(zoo.get("new"))


def test_entries_of_a_disabled_plugin_are_listed_with_the_reason() -> None:
    zoo = Catalog(INDEX, (Plugin("acme", "3", "acme.plugin", status="broken", reason="no luck", fix="try again"),))
    assert not zoo.installed(zoo.get("mobilenet-v2"))
    with pytest.raises(PluginError, match=r"'acme' cannot be used \(broken\): no luck; try again"):
        zoo.require_installed(zoo.get("mobilenet-v2"))
