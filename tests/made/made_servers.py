"""Served models of a few lines, and servers of them, for tests of HTTP without TensorFlow."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tlzoo.modalities import RawInputs
from tlzoo.modalities.text.raw_inputs import TextInputs
from tlzoo.runs.serving.model import ServedModel
from tlzoo.runs.serving.options import ServerOptions
from tlzoo.runs.serving.server import Server, ThreadServer, bound_socket
from tlzoo.tasks import Classification

LETTERS = Classification(("few", "many"))


class Model:
    """Calls a text with at least five bytes "many". It waits until ``go`` is set, and for ``seconds`` per batch."""

    def __init__(self, raw: RawInputs | None = None, *, seconds: float = 0.0) -> None:
        self.batches: list[int] = []
        self.began = threading.Event()
        self.go = threading.Event()
        self.go.set()
        self.seconds = seconds
        raw = raw or TextInputs("texts", ())
        self.served = ServedModel("letters", LETTERS, raw, raw.shape, raw.dtype, 32, "tensorflow", self.compute)

    def compute(self, batch: Sequence[Any]) -> dict[str, np.ndarray]:
        self.batches.append(len(batch))
        self.began.set()
        self.go.wait(20)
        time.sleep(self.seconds)
        if any(b"fail" in bytes(each) for each in batch):
            raise RuntimeError("the network failed")
        lengths = np.array([np.nan if bytes(each) == b"unreadable" else len(each) for each in batch])
        many = np.where(np.isnan(lengths), np.nan, (lengths >= 5).astype(np.float32))
        labels = np.array([b"many" if each else b"few" for each in np.nan_to_num(many)], object)
        return {"label": labels, "probabilities": np.stack([1 - many, many], 1).astype(np.float32)}


def served(model: Model, report: Any = lambda _line: None, **options: Any) -> Server:
    """Start a server of a model on any free port."""
    chosen = ServerOptions.checked(port=0, **options)
    return ThreadServer(model.served, chosen, bound_socket(chosen), report)
