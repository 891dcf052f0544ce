"""A small trained network, and what both exporters make of it."""

import io
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from tlzoo.backbones import image_preprocessing
from tlzoo.export import ServingModel, export_keras, export_saved_model
from tlzoo.tasks import Classification

CLASSES = ("ant", "bee/<é>", "cat")


@pytest.fixture(scope="session")
def serving_model() -> ServingModel:
    preprocessing = image_preprocessing((24, 32), 3, scale=1 / 127.5, offset=-1.0)
    samples = keras.Input(preprocessing.shape, dtype=preprocessing.dtype, name="samples")
    initializer = keras.initializers.RandomNormal(stddev=1.0, seed=7)
    x = preprocessing.normalize(samples)
    x = keras.layers.Conv2D(8, 3, activation="relu", kernel_initializer=initializer)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.5, seed=7)(x)
    logits = keras.layers.Dense(len(CLASSES), kernel_initializer=initializer)(x)
    probabilities = keras.layers.Softmax(dtype="float32", name="probabilities")(logits)
    return ServingModel(preprocessing, keras.Model(samples, probabilities), Classification(CLASSES), "vision")


@pytest.fixture(scope="session")
def exported(serving_model: ServingModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``model.keras`` and ``serving/``."""
    folder = tmp_path_factory.mktemp("exported")
    export_keras(serving_model, folder)
    export_saved_model(serving_model, folder)
    return folder


@pytest.fixture(scope="session")
def encoded() -> dict[str, bytes]:
    """Images of several sizes, modes and formats."""
    generator = np.random.default_rng(0)

    def file(height: int, width: int, mode: str, kind: str) -> bytes:
        coarse = Image.fromarray(generator.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize((width, height))
        stream = io.BytesIO()
        coarse.convert(mode).save(stream, kind)
        return stream.getvalue()

    return {
        "png": file(24, 32, "RGB", "PNG"),
        "large jpeg": file(301, 199, "RGB", "JPEG"),
        "small gif": file(9, 7, "RGB", "GIF"),
        "grey png": file(40, 40, "L", "PNG"),
        "grey jpeg": file(64, 50, "L", "JPEG"),
        "transparent png": file(33, 21, "RGBA", "PNG"),
        "bmp": file(20, 31, "RGB", "BMP"),
    }
