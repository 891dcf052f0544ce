"""Keras layers of tlzoo and its plugins. Import this module before Keras loads a run's ``model.keras``.

Keras finds a custom layer only if its class is registered. ``import tlzoo`` registers tlzoo's own layers,
``BackboneLayer`` and ``HubLayer``, and a ``BackboneLayer`` registers the layers that it contains. A run's model may
have layers of a plugin outside a ``BackboneLayer``. Importing this module registers the layers of the core and of
every usable plugin (hook ``tlzoo_layers``)::

    import keras
    import tlzoo.layers

    model = keras.models.load_model("runs/…/model.keras")

``imports`` in a run's ``result.json`` and in the file's ``metadata.json`` says whether its model needs this module.
"""

from __future__ import annotations

from tlzoo.backbones import BackboneLayer, HubLayer
from tlzoo.backbones.registered_layers import import_layers
from tlzoo.backbones.registered_layers import layer_names as names

__all__ = ["BackboneLayer", "HubLayer", "names"]

import_layers()
