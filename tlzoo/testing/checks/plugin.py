"""Conformance checks of a whole plugin: its registry and its hooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, final

from tlzoo.errors import PluginError, did_you_mean
from tlzoo.testing.outcome import CheckFailedError, SkippedError, expect
from tlzoo.testing.session import Check, check

if TYPE_CHECKING:
    from tlzoo.plugins import Plugin

__all__ = [
    "PLUGIN_CHECKS",
    "PluginSubject",
    "gives_its_loaders",
    "hooks_load",
    "names_its_layers",
    "names_its_modalities",
    "names_its_tasks",
    "registry_import_free",
    "registry_valid",
]

_READ = """
import json, sys
from tlzoo.plugins import catalog
name = sys.argv[1]
entries = [entry.id for entry in catalog().entries() if entry.plugin == name]
json.dump({"entries": entries, "modules": list(sys.modules)}, sys.stdout)
"""
_HEAVY = ("tensorflow", "keras", "tensorflow_hub")


@final
class PluginSubject:
    """An installed plugin, given by the name of its distribution."""

    def __init__(self, name: str) -> None:
        """Raise PluginError if no such plugin is installed."""
        from tlzoo.plugins import catalog

        known = catalog().plugins
        if name not in known:
            raise PluginError(f"no plugin {name!r} is installed", did_you_mean(name, known, valid="installed"))
        self.found: Plugin = known[name]

    @property
    def title(self) -> str:
        """The plugin's name."""
        return self.found.name

    @cached_property
    def read_elsewhere(self) -> dict[str, Any]:
        """The plugin's entries listed by a new process, and the modules imported there."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-P", "-c", _READ, self.found.name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
        if done.returncode:
            raise CheckFailedError(f"listing fails in a new process: {done.stderr.strip().rpartition(chr(10))[2]}")
        read: dict[str, Any] = json.loads(done.stdout)
        return read


@check()
def registry_valid(subject: PluginSubject) -> None:
    """Check that the plugin's registry exists, is valid, and claims nothing of other plugins."""
    from tlzoo.registry.reading import parse

    found = subject.found
    expect(found.usable, f"{found.status}: {found.reason}; {found.fix}")
    if found.registry is None:
        raise CheckFailedError("the registry was not read")
    parse(Path(found.registry.origin))  # the file itself, not the compiled copy


@check(registry_valid)
def registry_import_free(subject: PluginSubject) -> None:
    """Check that listing the plugin's entries, in a new process, imports neither its package nor TensorFlow."""
    modules = subject.read_elsewhere["modules"]
    unwanted = _HEAVY if subject.found.name == "tlzoo" else (*_HEAVY, subject.found.module.partition(".")[0])
    imported = [name for name in unwanted if name in modules]
    expect(not imported, f"listing imported {', '.join(imported)}")
    registry = subject.found.registry
    own = {entry.id for entry in registry.of(subject.found.name)} if registry else set()
    missing = sorted(own - set(subject.read_elsewhere["entries"]))
    expect(not missing, f"not listed in a new process: {', '.join(missing[:3])}")


@check(registry_valid)
def hooks_load(subject: PluginSubject) -> None:
    """Check that the plugin's module can be imported, and that all its hooks can be called."""
    from tlzoo.plugins import HOOKS, load, registered

    loaded = load(subject.found.name)
    expect(loaded.usable, f"{loaded.status}: {loaded.reason}")
    for hook in HOOKS:
        registered(hook, plugin=subject.found.name)


@check(hooks_load)
def gives_its_loaders(subject: PluginSubject) -> None:
    """Check that the hook ``tlzoo_backbones`` returns every loader named by an entry of the registry.

    Other loaders may be for entries that users write for their own files.
    """
    from tlzoo.plugins import registered

    given = {each.name for each in registered("tlzoo_backbones", plugin=subject.found.name)}
    entries = subject.found.registry.of(subject.found.name) if subject.found.registry else ()
    named = {entry.loader: entry.id for entry in entries}
    if not (given or named):
        raise SkippedError("the plugin has no entries and no loaders")
    missing = [f"{name!r} of {named[name]}" for name in sorted(named.keys() - given)]
    expect(not missing, f"missing loaders: {', '.join(missing[:3])}")


@check(hooks_load)
def names_its_layers(subject: PluginSubject) -> None:
    """Check that every layer named by the hook ``tlzoo_layers`` exists, and that Keras knows it by this name."""
    from tlzoo.plugins import registered

    layers = registered("tlzoo_layers", plugin=subject.found.name)
    if not layers:
        raise SkippedError("the plugin has no layers")
    import keras

    for each in layers:
        try:
            layer = resolve_name(each.value)
        except Exception as error:
            raise CheckFailedError(f"{each.value!r} cannot be imported: {error!r}") from error
        known = keras.saving.get_registered_name(layer)
        expect(known == each.name, f"Keras knows {each.value!r} as {known!r}, not as {each.name!r}")


@check(hooks_load)
def names_its_tasks(subject: PluginSubject) -> None:
    """Check that every task of the hook ``tlzoo_tasks`` has the name of its kind, all methods, and an example."""
    from tlzoo.plugins import registered
    from tlzoo.tasks.lookup import task_problem

    tasks = registered("tlzoo_tasks", plugin=subject.found.name)
    if not tasks:
        raise SkippedError("the plugin has no tasks")
    for each in tasks:
        wrong = task_problem(each.name, each.value)
        expect(wrong is None, str(wrong))
        example = each.value.example()
        expect(example.names, f"the example of task {each.name!r} has no names")
        expect(
            example == each.value.of_names(example.names),
            f"task {each.name!r}: of_names returns a different task for its names",
        )


@check(hooks_load)
def names_its_modalities(subject: PluginSubject) -> None:
    """Check that every modality of the hook ``tlzoo_modalities`` has its name, all methods, and a unique argument.

    The modalities of input contracts declared in the registry must exist.
    """
    from tlzoo.modalities import modality_names
    from tlzoo.plugins import registered

    own = registered("tlzoo_modalities", plugin=subject.found.name)
    declared = () if subject.found.registry is None else subject.found.registry.inputs
    if not (own or declared):
        raise SkippedError("the plugin has no modalities")
    for each in own:
        missing = sorted(getattr(each.value, "__abstractmethods__", ()))
        expect(not missing, f"modality {each.name!r} has no method {', '.join(missing[:1])}")
        expect(each.value.name == each.name, f"modality {each.name!r} has the name {each.value.name!r}")
        argument = getattr(each.value, "argument", "")
        said = f"modality {each.name!r} has the argument {argument!r}: it must be a valid Python identifier"
        expect(argument.isidentifier(), said)
        others = [other for other in registered("tlzoo_modalities") if other.value.argument == argument]
        said = f"modality {each.name!r} has the same argument {argument!r} as {others[0].name!r}"
        expect(len(others) == 1, said)
    unknown = [each for each in declared if each.modality not in modality_names()]
    expect(not unknown, "".join(f"no plugin provides the modality {each.modality!r}" for each in unknown[:1]))


PLUGIN_CHECKS: tuple[Check[PluginSubject], ...] = (
    registry_valid,
    registry_import_free,
    hooks_load,
    gives_its_loaders,
    names_its_layers,
    names_its_modalities,
    names_its_tasks,
)
