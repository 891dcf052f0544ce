"""Tiny networks of transformers for committed references: configuration, names of tensors, and drawn weights.

The scripts `make_reference.py` beside the references use it, in an environment with PyTorch.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from drawn_weights import drawn_weights


def redrawn(network: Any, folder: Path) -> Any:
    """Write configuration and names of tensors of a network of transformers; return it with drawn weights."""
    from safetensors.numpy import load_file, save_file

    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as saved:
        network.save_pretrained(saved)
        shutil.copy(Path(saved, "config.json"), folder)
        weights = Path(saved, "model.safetensors")
        shapes = {key: list(value.shape) for key, value in load_file(weights).items()}
        write_tensors(folder, shapes)
        save_file(drawn_weights(shapes), weights, metadata={"format": "pt"})
        return type(network).from_pretrained(saved).eval()


def write_tensors(folder: Path, shapes: Mapping[str, Sequence[int]]) -> None:
    """Write the names and shapes of tensors to ``tensors.json``, a line for each."""
    lines = [f"{json.dumps(key)}: {json.dumps(list(shapes[key]))}" for key in sorted(shapes)]
    (folder / "tensors.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
