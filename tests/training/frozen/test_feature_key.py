"""What cached features are named by: whatever changes them changes their key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tlzoo.backbones import Backbone
from tlzoo.heads import Linear
from tlzoo.training import Setup
from tlzoo.training.frozen.frozen_part import feature_key
from tlzoo.training.network import Network

SAMPLES = np.arange(4)


@dataclass(frozen=True)
class Shifted:
    """Prepares an image by shifting its columns."""

    by: int

    def __call__(self, image: Any) -> Any:
        return np.roll(image, self.by, axis=1)


def shifted(setup: Setup, by: int) -> Setup:
    preprocessing = replace(setup.backbone.preprocessing, prepare=Shifted(by))
    return replace(setup, backbone=replace(setup.backbone, preprocessing=preprocessing))


@pytest.fixture
def key(make_setup: Callable[..., Setup], make_backbone: Callable[..., Backbone]) -> Callable[..., str]:
    """Return a function that names features of small images; its arguments go over the defaults."""
    setup = make_setup()
    severed = Network(make_backbone(), Linear(), setup.data.task, seed=0).sever(2)

    def name(*, by: int = 0, digest: str = "network", samples: np.ndarray = SAMPLES, engine: str = "tensorflow") -> str:
        return feature_key(digest, severed, shifted(setup, by), samples, engine, None)

    return name


def test_the_same_has_the_same_key(key: Callable[..., str]) -> None:
    assert key() == key()


@pytest.mark.parametrize(
    "change",
    [{"by": 1}, {"digest": "other"}, {"samples": np.array([3, 2, 1, 0])}, {"engine": "openvino"}],
    ids=["preprocessing", "network", "samples", "engine"],
)
def test_another_has_another(key: Callable[..., str], change: dict[str, Any]) -> None:
    assert key(**change) != key()
