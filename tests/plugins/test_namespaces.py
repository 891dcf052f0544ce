"""Names of objectives belong to the plugin that owns their namespace; another plugin that gives one is set aside."""

from __future__ import annotations

import pytest

from tlzoo.errors import PluginError
from tlzoo.plugins import Plugin, plugins, registered

HOOK = "tlzoo_objectives"
BODY = """
from tlzoo.plugins import hookimpl

@hookimpl
def tlzoo_objectives():
    from tlzoo.objectives import Coral

    return {{ {name!r}: Coral }}
"""


def found(plugin: str) -> Plugin:
    return next(each for each in plugins().all() if each.name == plugin)


def names() -> list[str]:
    return [each.name for each in registered(HOOK) if each.plugin != "tlzoo"]


def test_a_plugins_name_and_the_namespaces_of_its_registry_are_its_own(distributions) -> None:
    distributions.add("acme", BODY.format(name="acme/robust"))
    distributions.add("other", BODY.format(name="pets/robust"), namespace="pets")
    assert names() == ["acme/robust", "pets/robust"]


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("robust", "broken", "its objective 'robust' is not NAMESPACE/NAME"),
        ("local/robust", "broken", "its objective 'local/robust' is not in its namespaces (acme)"),
        ("acme/", "broken", "its objective 'acme/' is not NAMESPACE/NAME"),
        ("tlzoo/coral", "conflict", "its objective 'tlzoo/coral' is in the namespace of the plugin 'tlzoo'"),
        ("hub/coral", "conflict", "its objective 'hub/coral' is in the namespace of the plugin 'tlzoo'"),
    ],
)
def test_a_name_outside_its_namespaces_sets_a_plugin_aside(distributions, name: str, status: str, reason: str) -> None:
    distributions.add("acme", BODY.format(name=name))
    assert names() == []
    plugin = found("acme")
    assert (plugin.status, plugin.reason) == (status, reason)
    assert plugin.fix is not None
    assert "'acme/" in plugin.fix
    with pytest.raises(PluginError, match=reason.partition("(")[0]):
        registered(HOOK, plugin="acme")


def test_a_name_in_the_namespace_of_a_later_plugin_is_a_conflict(distributions) -> None:
    distributions.add("acme", BODY.format(name="other/robust"))
    distributions.add("other", BODY.format(name="other/robust"))
    assert [each.plugin for each in registered(HOOK) if each.name == "other/robust"] == ["other"]
    assert found("acme").reason == "its objective 'other/robust' is in the namespace of the plugin 'other'"


def test_two_plugins_that_own_a_namespace_cannot_give_one_name(distributions) -> None:
    distributions.add("acme", BODY.format(name="pets/robust"), namespace="pets")
    distributions.add("pets", BODY.format(name="pets/robust"), namespace="animals")
    assert names() == ["pets/robust"]
    assert found("pets").status == "conflict"
    assert found("pets").reason == "its objective 'pets/robust' has the name of one of 'acme'"
