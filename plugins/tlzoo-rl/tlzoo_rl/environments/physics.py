"""Physics parameters of Gymnasium's classic control, with all values derived from them.

A parameter is set on the environment after it is made. Each family has names with Gymnasium's default values, and one
function that sets all of them and everything that Gymnasium computed from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from tlzoo.errors import UsageError

__all__ = ["Physics", "physics_of"]


@dataclass(frozen=True, slots=True)
class Physics:
    """The parameters of a family of environments: default values (SI units), and the function that sets them."""

    usual: Mapping[str, float]
    put: Callable[[Any, Mapping[str, float]], None]

    def change(self, environment: gymnasium.Env[Any, Any], changed: Mapping[str, float]) -> None:
        """Set parameters and the values derived from them; other parameters do not change.

        Raises:
            UsageError: For a value that is not positive.
        """
        for name, value in changed.items():
            if not math.isfinite(value) or value <= 0:
                raise UsageError(f"{name}={value:g} must be positive", "use a positive number")
        self.put(environment.unwrapped, changed)


def _cart_pole(pole: Any, changed: Mapping[str, float]) -> None:
    """Barto, Sutton and Anderson 1983, appendix: the equations take half the pole's length and two products of masses.

    ``length`` of Gymnasium is that half; ``polemass_length`` is mass times it, ``total_mass`` both masses together.
    """
    pole.gravity = changed.get("gravity", pole.gravity)
    pole.masscart, pole.masspole = changed.get("cart_mass", pole.masscart), changed.get("pole_mass", pole.masspole)
    pole.length = changed.get("pole_length", 2 * pole.length) / 2
    pole.total_mass = pole.masscart + pole.masspole
    pole.polemass_length = pole.masspole * pole.length
    pole.force_mag = changed.get("force", pole.force_mag)


def _acrobot(arm: Any, changed: Mapping[str, float]) -> None:
    """Sutton and Barto 2018, section 11.3 of its first edition: two equal links, centres of mass in the middle.

    Gymnasium's moment of inertia is 1 for a link of 1 kg and 1 m; for other links it is mass times length squared.
    The target height is always 1 m above the base, one default link, as Gymnasium counts in links.
    """
    length, mass = changed.get("link_length", arm.LINK_LENGTH_1), changed.get("link_mass", arm.LINK_MASS_1)
    arm.LINK_LENGTH_1 = arm.LINK_LENGTH_2 = length
    arm.LINK_MASS_1 = arm.LINK_MASS_2 = mass
    arm.LINK_COM_POS_1 = arm.LINK_COM_POS_2 = length / 2
    arm.LINK_MOI = mass * length**2
    torque = changed.get("torque", arm.AVAIL_TORQUE[-1])
    arm.AVAIL_TORQUE = [-torque, 0.0, torque]


def _pendulum(pendulum: Any, changed: Mapping[str, float]) -> None:
    """Set mass, length and gravity; the action space follows the largest torque."""
    pendulum.m, pendulum.l = changed.get("mass", pendulum.m), changed.get("length", pendulum.l)
    pendulum.g = changed.get("gravity", pendulum.g)
    pendulum.max_torque = changed.get("torque", pendulum.max_torque)
    pendulum.action_space = gymnasium.spaces.Box(-pendulum.max_torque, pendulum.max_torque, (1,), np.float32)


def _mountain_car(car: Any, changed: Mapping[str, float]) -> None:
    """Set the car's force and gravity (Moore 1990, in the version of Sutton and Barto)."""
    car.force, car.gravity = changed.get("force", car.force), changed.get("gravity", car.gravity)


_FAMILIES: Mapping[str, Physics] = {
    "CartPoleEnv": Physics(
        {"pole_length": 1.0, "pole_mass": 0.1, "cart_mass": 1.0, "force": 10.0, "gravity": 9.8}, _cart_pole
    ),
    "AcrobotEnv": Physics({"link_length": 1.0, "link_mass": 1.0, "torque": 1.0}, _acrobot),
    "PendulumEnv": Physics({"length": 1.0, "mass": 1.0, "torque": 2.0, "gravity": 10.0}, _pendulum),
    "MountainCarEnv": Physics({"force": 0.001, "gravity": 0.0025}, _mountain_car),
}


def physics_of(environment: gymnasium.Env[Any, Any]) -> Physics | None:
    """Return the physics of this environment, None if it is unknown."""
    for kind in type(environment.unwrapped).__mro__:
        if kind.__module__.startswith("gymnasium.envs.classic_control") and kind.__name__ in _FAMILIES:
            return _FAMILIES[kind.__name__]
    return None
