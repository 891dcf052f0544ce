"""Plugins are loaded when a hook is first needed; one that fails is set aside, and the others go on."""

from __future__ import annotations

import sys

import pytest

from tlzoo.errors import PluginError
from tlzoo.plugins import load, plugins, registered

HOOK = "tlzoo_scores"


def scores() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_scores():
        return {"luck": len}


def other_scores() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_scores():
        return {"skill": len}


def status(name: str):
    return next(plugin for plugin in plugins().all() if plugin.name == name)


def names() -> list[str]:
    return [each.name for each in registered(HOOK) if each.plugin != "tlzoo"]


def test_a_registered_component_names_its_plugin(distributions) -> None:
    distributions.add("acme", scores)
    (found,) = registered(HOOK, plugin="acme")
    assert (found.name, found.value, found.plugin) == ("luck", len, "acme")


def test_only_the_plugin_that_was_asked_for_is_imported(distributions) -> None:
    distributions.add("acme", scores)
    distributions.add("other", other_scores)
    registered(HOOK, plugin="other")
    assert "acme" not in sys.modules


def test_a_hook_is_called_once(distributions) -> None:
    def counting() -> None:
        from tlzoo.plugins import hookimpl

        calls = []

        @hookimpl
        def tlzoo_scores():
            calls.append(1)
            return {"luck": calls}

    distributions.add("acme", counting)
    registered(HOOK)
    assert registered(HOOK, plugin="acme")[0].value == [1]


def raises() -> None:
    raise RuntimeError("no luck today")


def exits() -> None:
    import sys

    sys.exit(3)


def lacks_a_module() -> None:
    import not_there  # noqa: F401 - it fails


def unknown_hook() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_score():
        return {}


def unmarked() -> None:
    def tlzoo_scores():
        return {}


def wrong_arguments() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_scores(entry):
        return {}


def fails_when_called() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_scores():
        return {}[0]


def gives_a_list() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_scores():
        return ["luck"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (raises, "RuntimeError: no luck today"),
        (exits, "SystemExit: 3"),
        (lacks_a_module, "ModuleNotFoundError: No module named 'not_there'"),
        ("def (", "SyntaxError"),
        (unknown_hook, "tlzoo_score is not a hook; did you mean 'tlzoo_scores'"),
        (unmarked, "tlzoo_scores is not marked as a hook; put @tlzoo.plugins.hookimpl above it"),
        (wrong_arguments, "entry"),
        (fails_when_called, "tlzoo_scores: KeyError: 0"),
        (gives_a_list, "tlzoo_scores: TypeError: it must return a mapping from names; got ['luck']"),
    ],
)
def test_a_failing_plugin_is_disabled_and_the_others_are_loaded(distributions, body, said: str) -> None:
    distributions.add("acme", body)
    distributions.add("other", other_scores)
    assert names() == ["skill"]
    plugin = status("acme")
    assert plugin.status == "broken"
    assert said in plugin.reason
    assert "Traceback" in plugin.traceback
    with pytest.raises(PluginError, match=r"the plugin 'acme' cannot be used \(broken\)"):
        registered(HOOK, plugin="acme")


def test_the_later_of_two_with_one_name_is_in_conflict(distributions) -> None:
    distributions.add("zeta", scores)
    distributions.add("acme", scores)
    assert [each.plugin for each in registered(HOOK) if each.name == "luck"] == ["acme"]
    assert status("zeta").status == "conflict"
    assert status("zeta").reason == "its score 'luck' has the name of one of 'acme'"


def test_a_disabled_one_is_not_imported(distributions, monkeypatch) -> None:
    distributions.add("acme", raises)
    monkeypatch.setenv("TLZOO_PLUGINS", "none")
    assert load("acme").status == "disabled"
    assert "acme" not in sys.modules


def test_an_unknown_plugin_gets_a_did_you_mean(distributions) -> None:
    distributions.add("acme-pets")
    with pytest.raises(PluginError, match="no plugin 'acme-pet' is installed; did you mean 'acme-pets'"):
        load("acme-pet")


def test_an_unknown_hook_is_refused_with_a_suggestion() -> None:
    with pytest.raises(PluginError, match="did you mean 'tlzoo_scores'"):
        registered("tlzoo_score")
