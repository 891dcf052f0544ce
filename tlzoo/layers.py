"""Keras layers of tlzoo and its plugins. Import this module before Keras loads a run's ``model.keras``.

Keras finds a custom layer only if its class was registered before. Importing this module registers the layers of the
core and of every plugin that can be used here (hook ``tlzoo_layers``)::

    import keras
    import tlzoo.layers

    model = keras.models.load_model("runs/…/model.keras")

A run says in its ``result.json`` (``imports``) and in the file's ``metadata.json`` whether its model needs that.
"""

from __future__ import annotations

import warnings
from pkgutil import resolve_name

from tlzoo.backbones import HubLayer
from tlzoo.plugins import registered

__all__ = ["HubLayer", "names"]


def names() -> frozenset[str]:
    """Return the names that Keras has registered these layers under, such as ``tlzoo>HubLayer``."""
    return frozenset(each.name for each in registered("tlzoo_layers"))


def _import_all() -> None:
    for each in registered("tlzoo_layers"):
        try:
            resolve_name(each.value)
        except Exception as error:  # noqa: BLE001 - whatever a plugin's module raises
            warnings.warn(
                f"the layer {each.name!r} of the plugin {each.plugin!r} cannot be imported: {error!r}", stacklevel=2
            )


_import_all()
