"""The checks of a plugin as a whole: its registry, and what it gives for the hooks."""

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
    """An installed plugin, by the name of its distribution."""

    def __init__(self, name: str) -> None:
        """Raise PluginError where no plugin of that name is installed."""
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
        """Which of its entries a new process lists, and which modules that process then has imported."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", _READ, self.found.name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        if done.returncode:
            raise CheckFailedError(f"listing fails in a new process: {done.stderr.strip().rpartition(chr(10))[2]}")
        read: dict[str, Any] = json.loads(done.stdout)
        return read


@check()
def registry_valid(subject: PluginSubject) -> None:
    """Prove that the plugin's registry is there, keeps the schema, and claims nothing that belongs to another."""
    from tlzoo.registry.reading import parse

    found = subject.found
    expect(found.usable, f"{found.status}: {found.reason}; {found.fix}")
    if found.registry is None:
        raise CheckFailedError("its registry was not read")
    parse(Path(found.registry.origin))  # the file itself, whatever a compiled copy says


@check(registry_valid)
def registry_import_free(subject: PluginSubject) -> None:
    """Prove that listing the plugin's entries, in a new process, imports neither its package nor TensorFlow."""
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
    """Prove that the plugin's module imports, and every hook that it implements can be called."""
    from tlzoo.plugins import HOOKS, load, registered

    loaded = load(subject.found.name)
    expect(loaded.usable, f"{loaded.status}: {loaded.reason}")
    for hook in HOOKS:
        registered(hook, plugin=subject.found.name)


@check(hooks_load)
def gives_its_loaders(subject: PluginSubject) -> None:
    """Prove that the hook ``tlzoo_backbones`` gives every loader that an entry of the registry names.

    Others may be for entries that users write themselves, of files that only they have.
    """
    from tlzoo.plugins import registered

    given = {each.name for each in registered("tlzoo_backbones", plugin=subject.found.name)}
    entries = subject.found.registry.of(subject.found.name) if subject.found.registry else ()
    named = {entry.loader: entry.id for entry in entries}
    if not (given or named):
        raise SkippedError("it has no entries and no loaders")
    missing = [f"{name!r} of {named[name]}" for name in sorted(named.keys() - given)]
    expect(not missing, f"loaders that it does not give: {', '.join(missing[:3])}")


@check(hooks_load)
def names_its_layers(subject: PluginSubject) -> None:
    """Prove that every layer which the hook ``tlzoo_layers`` names is there, and that Keras knows it by that name."""
    from tlzoo.plugins import registered

    layers = registered("tlzoo_layers", plugin=subject.found.name)
    if not layers:
        raise SkippedError("it has no layers of its own")
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
    """Prove that every task of the hook ``tlzoo_tasks`` has the name of its kind, all methods, and an example."""
    from tlzoo.plugins import registered
    from tlzoo.tasks.lookup import task_problem

    tasks = registered("tlzoo_tasks", plugin=subject.found.name)
    if not tasks:
        raise SkippedError("it has no tasks")
    for each in tasks:
        wrong = task_problem(each.name, each.value)
        expect(wrong is None, str(wrong))
        example = each.value.example()
        expect(example.names, f"the example of task {each.name!r} has no names")
        expect(
            example == each.value.of_names(example.names),
            f"task {each.name!r}: of_names makes another task of its names",
        )


@check(hooks_load)
def names_its_modalities(subject: PluginSubject) -> None:
    """Prove that every modality of the hook ``tlzoo_modalities`` has its name, all methods, and an argument of its own.

    The input contracts that the registry declares are of modalities that a plugin brings.
    """
    from tlzoo.modalities import modality_names
    from tlzoo.plugins import registered

    own = registered("tlzoo_modalities", plugin=subject.found.name)
    declared = () if subject.found.registry is None else subject.found.registry.inputs
    if not (own or declared):
        raise SkippedError("it has no modalities")
    for each in own:
        missing = sorted(getattr(each.value, "__abstractmethods__", ()))
        expect(not missing, f"modality {each.name!r} has no method {', '.join(missing[:1])}")
        expect(each.value.name == each.name, f"modality {each.name!r} has the name {each.value.name!r}")
        argument = getattr(each.value, "argument", "")
        said = f"modality {each.name!r} has the argument {argument!r}: give the name of a Python variable"
        expect(argument.isidentifier(), said)
        others = [other for other in registered("tlzoo_modalities") if other.value.argument == argument]
        said = f"modality {each.name!r} has the argument {argument!r} of another one, {others[0].name!r}"
        expect(len(others) == 1, said)
    unknown = [each for each in declared if each.modality not in modality_names()]
    expect(not unknown, "".join(f"no plugin brings the modality {each.modality!r}" for each in unknown[:1]))


PLUGIN_CHECKS: tuple[Check[PluginSubject], ...] = (
    registry_valid,
    registry_import_free,
    hooks_load,
    gives_its_loaders,
    names_its_layers,
    names_its_modalities,
    names_its_tasks,
)
