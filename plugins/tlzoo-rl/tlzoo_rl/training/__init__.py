"""Trainers for environments: PPO and DQN. The strategies that drive them are those of any other task."""

from .dqn.trainer import DQN
from .ppo.trainer import PPO

__all__ = ["DQN", "PPO"]
