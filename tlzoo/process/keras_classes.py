"""Register tlzoo's Keras classes when Keras is imported, so that ``import tlzoo`` is enough to load a saved model.

Keras finds a class of a saved model only if it is registered. ``import tlzoo`` must not import Keras, and either may be
imported first. So an import hook waits for Keras, and registers placeholders that import the class itself when a saved
model contains it. The layers of plugins are registered in the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["register_with_keras"]

_CLASSES = {
    "tlzoo>BackboneLayer": "tlzoo.backbones.keras_layer:BackboneLayer",
    "tlzoo>HubLayer": "tlzoo.backbones.hub.layer:HubLayer",
}


def register_with_keras(of_plugins: Callable[[], Mapping[str, str]]) -> None:
    """Register the classes now if Keras is imported, or else once it is.

    Args:
        of_plugins: Returns the classes of plugins: a mapping of registered name to ``module:Class``. It is called after
            Keras was imported.
    """
    if "keras" in sys.modules:
        _register(sys.modules["keras"], of_plugins)
    else:
        sys.meta_path.insert(0, _Finder(of_plugins))


@final
class _StandIn:  # not a dataclass, for fast import of tlzoo
    """Placeholder for a class in Keras's registry; importing the class replaces it."""

    def __init__(self, reference: str) -> None:
        self.reference = reference

    def from_config(self, config: dict[str, Any]) -> Any:
        """Return the layer with this configuration."""
        return resolve_name(self.reference).from_config(config)


def _register(keras: ModuleType, of_plugins: Callable[[], Mapping[str, str]]) -> None:
    saving = getattr(keras, "saving", None)
    if saving is None:  # Keras is being imported
        return
    known = saving.get_custom_objects()
    for registered, reference in {**of_plugins(), **_CLASSES}.items():
        known.setdefault(registered, _StandIn(reference))


@final
class _Finder:
    """Finds Keras like the other finders, with a loader that registers the classes after the import.

    TensorFlow looks up the spec before Keras is imported, so the finder stays active after a lookup.
    """

    def __init__(self, of_plugins: Callable[[], Mapping[str, str]]) -> None:
        self.of_plugins = of_plugins
        self._asks_others = False

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of Keras; None for other modules."""
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
    """Loads Keras with its own loader, then registers the classes."""

    def __init__(self, own: Any, finder: _Finder) -> None:
        self._own, self._finder = own, finder

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the original loader: resources, the source."""
        return getattr(self._own, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module with the original loader."""
        module: ModuleType | None = self._own.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module with the original loader, restore that loader, and register the classes."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        self._own.exec_module(module)
        _register(module, self._finder.of_plugins)
