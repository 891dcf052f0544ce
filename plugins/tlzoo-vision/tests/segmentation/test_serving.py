"""A server of masks, of a few lines instead of a network: shares, masks as PNG, and images of several sizes."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests
from made_servers import Model, served
from PIL import Image

from tlzoo.modalities import require_modality
from tlzoo.runs.results.tiled import tiled_compute
from tlzoo.runs.serving.model import ServedModel
from tlzoo.runs.serving.server import Server
from tlzoo_vision.segmentation.task import Segmentation

pytest.importorskip("starlette", reason="the extra tlzoo[serve] is not installed")

TASK = Segmentation(("dark", "bright"))
TILE = 16


def bright(batch: Any) -> dict[str, np.ndarray]:
    """Call each pixel of a tile bright by its value."""
    tiles = np.stack([np.asarray(Image.open(io.BytesIO(each)).convert("L"), np.float32) / 255 for each in batch])
    return {"probabilities": np.stack([1 - tiles, tiles], axis=-1)}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    raw = require_modality("vision").raw_inputs(())
    model = Model()
    compute = tiled_compute(bright, raw, TASK, TILE, 4)
    model.served = ServedModel("masks", TASK, raw, raw.shape, raw.dtype, 4, "tensorflow", compute)
    with served(model) as running:
        yield running


def encoded(pixels: np.ndarray) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def test_images_of_several_sizes_get_masks_of_their_sizes(server: Server) -> None:
    images = [np.zeros((20, 50), np.uint8), np.full((9, 16), 255, np.uint8)]
    images[0][:, 25:] = 255
    inputs = [{"b64": encoded(each)} for each in images] + [{"b64": base64.b64encode(b"no image").decode()}]
    answer = requests.post(f"{server.url}/predict?files=true", json={"inputs": inputs}, timeout=20)
    assert answer.status_code == 200
    one, two, broken = answer.json()["predictions"]
    assert one["shares"] == pytest.approx({"dark": 0.5, "bright": 0.5})
    assert "error" in broken
    for found, image in ((one, images[0]), (two, images[1])):
        assert found["file"]["suffix"] == ".png"
        with Image.open(io.BytesIO(base64.b64decode(found["file"]["b64"]))) as mask:
            assert (np.asarray(mask) == image // 255).all()


def test_files_are_added_on_request_and_described(server: Server) -> None:
    body = {"inputs": [{"b64": encoded(np.zeros((4, 4), np.uint8))}]}
    (plain,) = requests.post(f"{server.url}/predict", json=body, timeout=20).json()["predictions"]
    assert plain.keys() == {"shares"}
    wrong = requests.post(f"{server.url}/predict?files=all", json=body, timeout=20)
    assert (wrong.status_code, wrong.json()["error"][:38]) == (400, "files=all is neither true nor false; u")
    described = requests.get(f"{server.url}/openapi.json", timeout=20).json()
    assert described["paths"]["/predict"]["post"]["parameters"][0]["name"] == "files"
    rest = requests.post(f"{server.url}/v1/models/masks:predict", json=body, timeout=20)
    assert np.shape(rest.json()["outputs"]["probabilities"]) == (1, 4, 4, 2)


def test_a_task_without_files_refuses_them() -> None:
    with served(Model()) as running:
        answer = requests.post(f"{running.url}/predict?files=true", json={"inputs": ["abc"]}, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"] == "predictions of classification are not files; leave out files=true"
