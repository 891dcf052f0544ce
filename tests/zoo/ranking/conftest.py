"""A plugin whose entries' truth is known: one sees the class, one sees noise, one keeps its source head, one fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_progress import Telling

MORE = """
[entries."made/unfetched.x"]
summary = "An entry whose weights are elsewhere"
modality = "vision"
loader = "made"
licence = "Apache-2.0"
files.weights.source = "https://example.org/weights.h5"
files.weights.hash = "sha256:{zeros}"
input.kind = "image"
input.size = [8, 8]
features.kind = "vector"

[entries."made/words.x"]
summary = "An entry for texts"
modality = "text"
loader = "made"
licence = "Apache-2.0"
files.weights.source = "package:made/weights.h5"
input.kind = "text"
input.tokenizer = "none"
input.sequence_length = 8
features.kind = "vector"
""".format(zeros=64 * "0")


def plugin() -> None:
    import os
    import signal
    import sys
    from pathlib import Path

    from tlzoo.plugins import hookimpl

    def load(entry, files, request):
        import keras

        from tlzoo.backbones import Backbone, Vector, image_preprocessing, load_digest, stages_by_layers

        marker = os.environ.get("MADE_KILL")
        if marker and sys.argv[0].endswith("default_worker.py") and not Path(marker).exists():
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if entry.architecture == "failing":
            raise RuntimeError("no such layer")
        pixels = keras.Input((8, 8, 3))
        flat = keras.layers.Flatten()(pixels)
        drawn = keras.initializers.RandomNormal(mean=0.05, seed=1)
        outputs = keras.layers.Dense(16, name="only", kernel_initializer=drawn)(flat)
        noise = keras.ops.sin(flat[:, :60] * 997.0)
        if entry.architecture == "noisy":
            outputs = keras.ops.concatenate([outputs * 0.0, noise], axis=-1)
        if entry.architecture == "headed":
            outputs = keras.ops.concatenate([outputs, noise], axis=-1)
        model = keras.Model(pixels, outputs, name=entry.architecture)
        head = None
        if entry.architecture == "headed":
            head = keras.Sequential([keras.Input((76,)), keras.layers.Dense(5, activation="softmax")])
        return Backbone(
            model=model,
            preprocessing=image_preprocessing((8, 8), 3, scale=1 / 255),
            stages=stages_by_layers(model, [("all", model.layers[-1].name)]),
            features=Vector(model.output_shape[-1]),
            digest=load_digest(entry, files, request),
            source_head=head,
        )

    @hookimpl
    def tlzoo_backbones():
        return {"tiny": load, "made": load}


@pytest.fixture
def telling() -> Telling:
    return Telling()


@pytest.fixture
def made(distributions) -> Any:
    """Install the plugin; its entries are made/clear.x, noisy, headed, failing, unfetched and words."""
    entries = ("made/clear.x", "made/noisy.x", "made/headed.x", "made/failing.x")
    folder = distributions.add("made", plugin, entries=entries, more=MORE)
    (folder / "weights.h5").write_bytes(b"none")
    registry = folder / "registry.toml"
    registry.write_text(registry.read_text().replace("[32, 32]", "[8, 8]").replace('"map"', '"vector"'))
    return distributions


@pytest.fixture
def shades(tmp_path: Path) -> str:
    """A source of 240 pictures of three shades under much noise."""
    draw = np.random.default_rng(0)
    labels = np.arange(240) % 3
    pixels = draw.normal(110 + 15 * labels[:, None, None, None], 40, (240, 8, 8, 3)).clip(0, 255).astype(np.uint8)
    np.savez(tmp_path / "shades.npz", x_train=pixels, y_train=labels)
    return f"arrays:{tmp_path / 'shades.npz'}"
