"""Weights of a backbone and its preprocessing as plain arrays in one file, by paths of variables."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.backbones.contract import Backbone
from tlzoo.errors import BytesRefusedError
from tlzoo.files.atomic import atomic_write

if TYPE_CHECKING:
    import keras

__all__ = ["read_weights", "state_of", "write_weights"]

_PREPROCESSING = "preprocessing/"


def state_of(backbone: Backbone) -> dict[str, keras.Variable]:
    """Return every variable by its path; those of the preprocessing (statistics) begin with ``preprocessing/``."""
    own = {variable.path: variable for variable in backbone.model.weights}
    return own | {_PREPROCESSING + each.path: each for each in backbone.preprocessing.normalize.weights}


def write_weights(path: Path, backbone: Backbone) -> None:
    """Write all variables to an ``.npz`` without pickle, atomically. The same values give the same bytes.

    Low-rank adapters are merged into their kernels.
    """
    merged = _merged(backbone)
    arrays = {
        name: merged.get(name, variable.numpy())
        for name, variable in sorted(state_of(backbone).items())
        if not name.rpartition("/")[2].startswith("lora_")
    }
    with atomic_write(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array, order="C"), allow_pickle=False)


def read_weights(path: Path, backbone: Backbone) -> None:
    """Set all variables from an ``.npz`` file.

    Raises:
        BytesRefusedError: If the file is invalid, or has other variables than the backbone.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        raise BytesRefusedError(f"{path} cannot be read as weights: {error}", "write it again") from error
    _assign(path, state_of(backbone), arrays)


def _merged(backbone: Backbone) -> dict[str, np.ndarray]:
    """Return the kernels of layers with low-rank adapters, including the adapters."""
    layers = [
        each for each in backbone.model._flatten_layers(include_self=False) if getattr(each, "lora_enabled", False)
    ]
    return {each._kernel.path: np.asarray(each.kernel) for each in layers}  # noqa: SLF001 - Keras gives no public name


def _assign(path: Path, variables: Mapping[str, keras.Variable], arrays: Mapping[str, np.ndarray]) -> None:
    if other := sorted(variables.keys() ^ arrays.keys()):
        whose = "the file lacks" if other[0] in variables else "the backbone lacks"
        raise BytesRefusedError(
            f"{path} has the weights of another backbone: {whose} {other[0]}", "use the file of this backbone"
        )
    for name, variable in variables.items():
        if arrays[name].shape != tuple(variable.shape):
            raise BytesRefusedError(
                f"{path} has the weights of another backbone: {name} is {arrays[name].shape}, "
                f"not {tuple(variable.shape)}",
                "use the file of this backbone",
            )
        variable.assign(arrays[name])
