"""Environments of Gymnasium: opening them from a source, with changed physics, and stepping several at once."""

from .adapter import gym
from .control import ControlEnvironment
from .episodes import Episode, film, play
from .task import Control
from .vectorized import Environments, Stepped

__all__ = ["Control", "ControlEnvironment", "Environments", "Episode", "Stepped", "film", "gym", "play"]
