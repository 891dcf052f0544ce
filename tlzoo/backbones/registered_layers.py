"""Imports the Keras layers of all plugins, so that Keras finds them in saved models."""

from __future__ import annotations

import warnings
from pkgutil import resolve_name

from tlzoo.plugins import registered

__all__ = ["import_layers", "layer_names"]


def layer_names() -> frozenset[str]:
    """Return the registered names of these layers in Keras, such as ``tlzoo>HubLayer``."""
    return frozenset(each.name for each in registered("tlzoo_layers"))


def import_layers() -> None:
    """Import the layers of all installed plugins, with a warning for one that cannot be imported."""
    for each in registered("tlzoo_layers"):
        try:
            resolve_name(each.value)
        except Exception as error:  # noqa: BLE001 - whatever a plugin's module raises
            warnings.warn(
                f"the layer {each.name!r} of the plugin {each.plugin!r} cannot be imported: {error!r}", stacklevel=2
            )
