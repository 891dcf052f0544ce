"""``keras:NAME``, the image data sets of ``keras.datasets``, from the same files."""

from tlzoo.data.adapters.keras_datasets.adapter import keras_sets

__all__ = ["keras_sets"]
