"""Trainers for environments: PPO and DQN. The strategies that drive them are those of any other task."""

from .dqn import DQN
from .ppo import PPO

__all__ = ["DQN", "PPO"]
