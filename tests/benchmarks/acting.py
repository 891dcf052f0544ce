"""How long a small network takes to answer a few observations: by NumPy, as it does while acting, and by TensorFlow.

python tests/benchmarks/acting.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.training import Setup
from tlzoo_rl.environments import gym
from tlzoo_rl.heads import Policy
from tlzoo_rl.training import PPO

ENVIRONMENTS, CALLS = 8, 1000


def main() -> None:
    """Print milliseconds a call."""
    import tensorflow as tf

    environment: Any = gym("CartPole-v1", {})
    backbone = load_backbone("rl/mlp.blank", LoadRequest(weights="random"))
    with tempfile.TemporaryDirectory() as folder:
        state = PPO().prepare(Setup(backbone, Policy(), environment, 0, Path(folder)))
    seen = np.random.default_rng(0).normal(size=(ENVIRONMENTS, 4)).astype(np.float32)
    compiled = tf.function(state.outputs, autograph=False)
    print(f"{ENVIRONMENTS} observations, {CALLS} calls")
    print(f"  NumPy       {_milliseconds(state.answer, seen):.3f} ms")
    print(f"  TensorFlow  {_milliseconds(lambda each: np.asarray(compiled(each)), seen):.3f} ms")


def _milliseconds(answer: Callable[[np.ndarray], Any], seen: np.ndarray) -> float:
    answer(seen)
    began = time.perf_counter()
    for _ in range(CALLS):
        answer(seen)
    return 1000 * (time.perf_counter() - began) / CALLS


if __name__ == "__main__":
    main()
