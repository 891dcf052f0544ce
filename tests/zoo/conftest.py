"""A small zoo, without any plugin installed but one."""

from __future__ import annotations

from typing import Any

import pytest

from tlzoo.plugins import Catalog, Plugin
from tlzoo.registry import (
    Entry,
    Features,
    File,
    ImageInput,
    Measured,
    Provider,
    Registry,
    Reported,
    TextInput,
    TrainingData,
)

SHA256 = "sha256:" + 64 * "0"
IMAGE = ImageInput("image", (224, 224), smallest=(32, 32), range=(-1.0, 1.0), mean=(0.5, 0.4, 0.3))


def entry(name: str, **more: Any) -> Entry:
    given = {
        "plugin": "acme",
        "summary": "A network",
        "modality": "vision",
        "loader": "net",
        "files": {"weights": File("https://example.org/net.h5", SHA256, 14_200_000)},
        "input": IMAGE,
        "features": Features("map", pooling="average"),
        "licence": "Apache-2.0",
    }
    return Entry(id=name, **(given | more))


def top1(value: float) -> Reported:
    return Reported("top1", value, "ImageNet-1k", "https://example.org/paper")


@pytest.fixture(scope="session")
def zoo() -> Catalog:
    """Three pictures' networks of a plugin that is installed, one for text of one that is not."""
    acme = (
        entry("acme/net-v2.imagenet", measured=Measured(3_538_984, 601_000_000, (7, 7, 1280)), reported=(top1(0.713),)),
        entry("acme/net10.imagenet", measured=Measured(25_000_000), licence="CC-BY-4.0", experimental=True),
        entry(
            "acme/net9.imagenet",
            training=TrainingData("ImageNet-1k", classes=1000),
            tags=("mobile", "small"),
            reported=(top1(0.8),),
        ),
    )
    text = entry(
        "words/bert.web",
        plugin="words",
        modality="text",
        input=TextInput("text", "wordpiece", 128),
        features=Features("sequence", (128, 768)),
        files={"weights": File("https://example.org/bert.h5", SHA256)},
        measured=Measured(110_000_000),
        reported=(Reported("glue", 0.8, "GLUE", "https://example.org/glue"),),
    )
    providers = (Provider("acme", "acme", ">=0", ("acme",)), Provider("words", "words>=2", ">=0", ("words",)))
    own = Registry("acme", providers[:1], acme)
    index = Registry("index", providers, (*acme, text))
    return Catalog(index, (Plugin("acme", "1.0", "acme.plugin", registry=own),))
