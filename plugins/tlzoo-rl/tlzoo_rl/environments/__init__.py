"""Environments of Gymnasium: opening them from a source, with changed physics, and stepping several at once."""

from .adapter import gym
from .control import Control, ControlEnvironment
from .episodes import Episode, film, play
from .vectorized import Environments, Stepped

__all__ = ["Control", "ControlEnvironment", "Environments", "Episode", "Stepped", "film", "gym", "play"]
