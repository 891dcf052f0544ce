"""Heads for reinforcement learning: a policy for PPO, and action values for DQN."""

from .policy import Policy
from .q_values import QValues

__all__ = ["Policy", "QValues"]
