"""Writes the model card: its text from `card.md`, its figures from the packaged files and the results."""

from __future__ import annotations

import argparse
import hashlib
import json
import string
import sys
from pathlib import Path

import numpy as np

from pretrain.imagenet import scratch
from pretrain.imagenet.convert import HEAD, MEMBER, SHA256, WEIGHTS
from pretrain.imagenet.evaluate import RESULTS, tables, verdict
from tlzoo_vision.efficientnet_lite import efficientnet_lite0

HERE = Path(__file__).parent
CARD = HERE.parents[1] / "tlzoo_vision" / "cards" / "efficientnet-lite0.imagenet.md"


def figures(wheel: Path) -> dict[str, str]:
    """Return what `card.md` leaves open, by name."""
    judged = json.loads(RESULTS.read_text("utf-8"))
    with np.load(HEAD) as head:
        head_parameters = head["kernel"].size + head["bias"].size
    return {
        "parameters": f"{efficientnet_lite0().count_params():,}",
        "bytes": f"{WEIGHTS.stat().st_size:,}",
        "sha256": hashlib.sha256(WEIGHTS.read_bytes()).hexdigest(),
        "head_parameters": f"{head_parameters:,}",
        "head_bytes": f"{HEAD.stat().st_size:,}",
        "wheel": f"{wheel.stat().st_size / 1e6:.0f}",
        "member": MEMBER,
        "published": SHA256,
        "steps": f"{scratch.STEPS}",
        "batch": f"{scratch.BATCH_SIZE}",
        "window": f"{scratch.WINDOW}",
        "fitted": f"{scratch.FITTED:g}",
        "rates": ", ".join(f"{rate:g}" for rate in scratch.RATES),
        "verdict": "\n".join(verdict(judged)),
        "tables": "\n".join(tables(judged)),
    }


def main() -> None:
    """Write the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True, help="a wheel of tlzoo-vision, for its size")
    arguments = parser.parse_args()
    CARD.write_text(
        string.Template((HERE / "card.md").read_text("utf-8")).substitute(figures(arguments.wheel)), "utf-8"
    )
    sys.stdout.write(f"{CARD.name}\n")


if __name__ == "__main__":
    main()
