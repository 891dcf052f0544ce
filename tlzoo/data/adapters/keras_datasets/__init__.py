"""``keras:NAME``, the picture sets of ``keras.datasets``, from the files that Keras itself uses."""

from tlzoo.data.adapters.keras_datasets.adapter import keras_sets

__all__ = ["keras_sets"]
