"""Keras layers of tlzoo and its plugins. Import this module before Keras loads a run's ``model.keras``.

Keras finds a custom layer only if its class was registered before. ``import tlzoo`` does that for tlzoo's own layers,
``BackboneLayer`` and ``HubLayer``, and a ``BackboneLayer`` does it for those within it. The model of a run may have
layers of a plugin that are not within a ``BackboneLayer``: importing this module registers the layers of the
core and of every plugin that can be used here (hook ``tlzoo_layers``)::

    import keras
    import tlzoo.layers

    model = keras.models.load_model("runs/…/model.keras")

A run says in its ``result.json`` (``imports``) and in the file's ``metadata.json`` whether its model needs that.
"""

from __future__ import annotations

from tlzoo.backbones import BackboneLayer, HubLayer
from tlzoo.backbones.registered_layers import import_layers
from tlzoo.backbones.registered_layers import layer_names as names

__all__ = ["BackboneLayer", "HubLayer", "names"]

import_layers()
