"""Keras optimizers, losses, metrics and layers as a recipe has them: configurations, checked before they are used."""

from tlzoo.keras_objects.config import HOMES, KerasConfig
from tlzoo.keras_objects.serialization import ACCURACY, config_of, keras_object

__all__ = ["ACCURACY", "HOMES", "KerasConfig", "config_of", "keras_object"]
