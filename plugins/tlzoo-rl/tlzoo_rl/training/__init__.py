"""Trainers for environments: PPO and DQN. They run the same strategies as all other tasks."""

from .dqn.trainer import DQN
from .ppo.trainer import PPO

__all__ = ["DQN", "PPO"]
