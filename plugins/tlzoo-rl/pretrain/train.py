"""Trains the packaged trunks: each from scratch in its environment, with `tlzoo.train`.

    python plugins/tlzoo-rl/pretrain/train.py cartpole acrobot doorkey

Writes weights and policies into the package. Prints the values for its registry: hashes, bytes, and the returns of the
policy. TensorFlow uses one thread, because the networks are small and the results are then reproducible.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

PACKAGE = Path(__file__).parents[1] / "tlzoo_rl"


@dataclass(frozen=True)
class Source:
    """An environment, the architecture, and the number of steps for each learning rate that ``from-scratch`` tries."""

    environment: str
    backbone: str
    steps: int
    weights: str
    options: dict[str, object] = field(default_factory=dict)


SOURCES = {
    "cartpole": Source("gym:CartPole-v1", "rl/mlp.blank", 100_000, "mlp.cartpole"),
    "acrobot": Source("gym:Acrobot-v1", "rl/mlp.blank", 100_000, "mlp.acrobot"),
    "doorkey": Source(
        "gym:MiniGrid-DoorKey-5x5-v0",
        "rl/grid-cnn.blank",
        200_000,
        "grid-cnn.doorkey",
        options={"entropy": 0.01, "acts": "sampled"},
    ),
}


def main() -> None:
    """Train the trunks that are named on the command line, or all."""
    from tlzoo import train
    from tlzoo.backbones import write_source_head, write_weights
    from tlzoo.progress import Silent
    from tlzoo.runs import trained_backbone

    for name in sys.argv[1:] or list(SOURCES):
        source = SOURCES[name]
        with tempfile.TemporaryDirectory() as folder:
            run = train(
                data=source.environment,
                backbone=source.backbone,
                strategy="from-scratch",
                head={"name": "policy", **source.options},
                steps=source.steps,
                seed=0,
                out=folder,
            )
            path, policy = (PACKAGE / "weights" / f"{source.weights}{kind}.npz" for kind in ("", ".policy"))
            trained = trained_backbone(run, Silent())
            assert trained.head is not None
            write_weights(path, trained.backbone)
            write_source_head(policy, *trained.head)
            files = {each.name: {"hash": digest(each), "bytes": each.stat().st_size} for each in (path, policy)}
            phases = {phase["name"]: phase["score"] for phase in run.result["phases"]}
            print(json.dumps({"name": name, **files, "phases": phases, **run.test}))


def digest(path: Path) -> str:
    """Return a file's hash in the form of registries."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


if __name__ == "__main__":
    main()
