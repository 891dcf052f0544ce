"""Registers tlzoo's own Keras classes as soon as Keras is imported, so that ``import tlzoo`` is enough to load a model.

Keras finds a class of a saved model only if it was registered before. ``import tlzoo`` must not import Keras, and need
not be the second of the two imports: so a finder waits for Keras, and registers stand-ins that import the class itself
when a saved model has one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["register_with_keras"]

_CLASSES = {
    "tlzoo>BackboneLayer": ("tlzoo.backbones.keras_layer", "BackboneLayer"),
    "tlzoo>HubLayer": ("tlzoo.backbones.hub.layer", "HubLayer"),
}


def register_with_keras() -> None:
    """Register the classes now if Keras is imported, or else when it is."""
    if "keras" in sys.modules:
        _register(sys.modules["keras"])
    else:
        sys.meta_path.insert(0, _Finder())


@final
class _StandIn:  # no dataclass: importing tlzoo has no time for them
    """Takes the place of a class in Keras's registry; importing the class puts itself there."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def from_config(self, config: dict[str, Any]) -> Any:
        """Return the layer of this configuration."""
        return getattr(import_module(self.module), self.name).from_config(config)


def _register(keras: ModuleType) -> None:
    saving = getattr(keras, "saving", None)
    known = {} if saving is None else saving.get_custom_objects()  # None while Keras is being imported
    for registered, (module, name) in _CLASSES.items():
        known.setdefault(registered, _StandIn(module, name))


@final
class _Finder:
    """Finds Keras where the other finders do, and gives it a loader that registers the classes after its import.

    TensorFlow asks for the spec before anyone imports Keras, so asking alone ends nothing.
    """

    def __init__(self) -> None:
        self._asks_others = False

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of Keras; None for every other module."""
        del path, target
        if fullname != "keras" or self._asks_others:
            return None
        from importlib.util import find_spec

        self._asks_others = True
        try:
            spec: Any = find_spec(fullname)
        finally:
            self._asks_others = False
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self)
        found: ModuleSpec | None = spec
        return found


@final
class _Loader:
    """Loads Keras as its own loader does, then registers the classes."""

    def __init__(self, own: Any, finder: _Finder) -> None:
        self._own, self._finder = own, finder

    def __getattr__(self, name: str) -> Any:
        """Give what the own loader has: resources, the source."""
        return getattr(self._own, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Let the own loader make the module."""
        module: ModuleType | None = self._own.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Let the own loader execute the module, give it back its loader, and register the classes."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        self._own.exec_module(module)
        _register(module)
