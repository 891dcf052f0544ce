"""Registration of this plugin's components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from tlzoo.backbones import Loader
    from tlzoo.data import DataAdapter
    from tlzoo.heads import Head
    from tlzoo.modalities import Modality
    from tlzoo.training import Trainer


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Return the loaders of trunks: for vectors, grids of cells, screens, and colour images."""
    from .networks import load_grid_cnn, load_mlp, load_nature_cnn, load_nature_cnn_rgb

    return {
        "mlp-trunk": load_mlp,
        "grid-cnn": load_grid_cnn,
        "nature-cnn": load_nature_cnn,
        "nature-cnn-rgb": load_nature_cnn_rgb,
    }


@hookimpl
def tlzoo_modalities() -> Mapping[str, type[Modality]]:
    """Return the modality for observations of environments."""
    from .modality import Observations

    return {Observations.name: Observations}


@hookimpl
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Return the heads: a policy with its value for PPO, and action values for DQN."""
    from .heads import Policy, QValues

    return {each.name: each for each in (Policy, QValues)}


@hookimpl
def tlzoo_data_adapters() -> Mapping[str, DataAdapter]:
    """Return the adapter for environments of Gymnasium."""
    from .environments import gym

    return {"gym": gym}


@hookimpl
def tlzoo_trainers() -> Mapping[str, type[Trainer]]:
    """Return the trainers of the heads."""
    from .training import DQN, PPO

    return {"ppo": PPO, "dqn": DQN}
