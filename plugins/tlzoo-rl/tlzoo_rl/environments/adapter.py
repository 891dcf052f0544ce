"""The data sources ``gym:ENV-ID`` and ``gym:module:ENV-ID``, with options after a question mark."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from tlzoo.errors import DataError, UsageError, did_you_mean
from tlzoo.progress import Progress
from tlzoo_rl.environments.control import ControlEnvironment
from tlzoo_rl.environments.frames import IMAGES, OBSERVATIONS, is_image, is_text, modality_of
from tlzoo_rl.environments.options import OBSERVING, observing, parsed, positive
from tlzoo_rl.environments.physics import physics_of
from tlzoo_rl.environments.spaces import Observing, adapted, task_of

__all__ = ["gym"]

_MAP = 3
_CHANNELS = {1, 3, 4}
_LIMIT = "max_steps"
_MODULES = {"MiniGrid-": "minigrid", "BabyAI-": "minigrid", "ALE/": "ale_py"}
"""Modules that register environments, by the prefix of their names."""
_INSTALLS = {"minigrid": "pip install 'tlzoo-rl[minigrid]'", "ale_py": "pip install ale-py"}


class GymAdapter:
    """The adapter of ``gym:``: environments of Gymnasium, which a module may register."""

    has_samples = False
    example = "gym:CartPole-v1"

    def __call__(
        self,
        location: str,
        options: Mapping[str, str],
        *,
        progress: Progress | None = None,  # noqa: ARG002 - no files are read
    ) -> ControlEnvironment:
        """Open an environment; see ``open_environment``."""
        return open_environment(location, options)

    def module(self, location: str) -> str | None:
        """Return the module of ``module:ID``; importing it registers the environment."""
        return location.rpartition(":")[0] or None


gym = GymAdapter()


def open_environment(location: str, options: Mapping[str, str]) -> ControlEnvironment:
    """Open an environment of Gymnasium, or of the module in ``module:ID``.

    Options: ``key``, ``observations``, ``pad``, ``stack`` and ``skip`` adapt the observations (``Observing``);
    ``max_steps`` is the length limit of episodes. Other options are parameters: of the physics, if this plugin knows
    that environment (``physics``), otherwise arguments of the environment.

    Args:
        location: The source string without ``gym:`` and without options.
        options: Options of the source string, by name.

    Returns:
        The environment, which can be made any number of times.

    Raises:
        UsageError: For an unknown environment, option or space.
        DataError: For an environment that cannot be made.
    """
    source = f"gym:{location}" + ("?" + "&".join(f"{key}={value}" for key, value in options.items()) if options else "")
    name = _known(location)
    how = observing(options, source)
    limit = positive(options, _LIMIT, source) if _LIMIT in options else None
    parameters = {key: parsed(text) for key, text in options.items() if key not in {*OBSERVING, _LIMIT}}
    arguments, physics = _split_parameters(name, parameters, source)
    if how.form == "pixels":
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory and needs no screen
        how = replace(how, rendered=not _observes_images(name, arguments, how, source))
    maker = partial(_make, name, limit, arguments, physics, how, source)
    made = maker(None)
    try:
        space = made.observation_space
        task, modality = task_of(made.action_space, source), modality_of(space, how.form)
        shape, dtype = tuple(space.shape or ()), _dtype(space)
        behaviour = (location, sorted(options.items()), repr(space), repr(made.action_space), _code(made))
    finally:
        made.close()
    fingerprint = hashlib.sha256(json.dumps(behaviour).encode()).hexdigest()
    return ControlEnvironment(
        source=source,
        task=task,
        modality=modality,
        input_shape=shape if modality == OBSERVATIONS else None,
        observation_shape=shape,
        dtype=dtype,
        frames=how.stack if modality == IMAGES else 1,
        skip=how.skip,
        rendered=how.rendered,
        fingerprint=fingerprint,
        maker=maker,
        notes=(*how.notes, *(_channels(shape) if modality == OBSERVATIONS else ())),
    )


def _dtype(space: Any) -> str:
    if is_text(space):
        return "string"
    return "uint8" if space.dtype == np.uint8 else "float32"


def _observes_images(name: str, arguments: Mapping[str, Any], how: Observing, source: str) -> bool:
    """Return whether the environment's own observations are images, alone or under a key of a dictionary."""
    made = _make(name, None, arguments, {}, None, source)
    try:
        space: Any = made.observation_space
    finally:
        made.close()
    if isinstance(space, gymnasium.spaces.Dict):
        space = space.spaces.get(how.key or "image")
    return space is not None and is_image(space)


def _known(location: str) -> str:
    """Register the environment and return its full name; raise UsageError if it is unknown."""
    if not location:
        raise UsageError("'gym:' has no environment", "add one, as in gym:CartPole-v1")
    module, _, name = location.rpartition(":")
    module = module or next((each for prefix, each in _MODULES.items() if name.startswith(prefix)), "")
    if module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(module)
        except ModuleNotFoundError as error:
            fix = _INSTALLS.get(module, "install it, or add its folder to PYTHONPATH")
            raise UsageError(f"gym:{location}: module {error.name!r} is not installed", fix) from error
        except Exception as error:
            raise UsageError(f"gym:{location}: importing {module} raised {type(error).__name__}: {error}") from error
    if name not in gymnasium.registry:
        raise UsageError(f"unknown environment {name!r}", did_you_mean(name, gymnasium.registry))
    return name


def _split_parameters(name: str, parameters: Mapping[str, Any], source: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Split parameters into arguments of the environment and physics."""
    if not parameters:
        return {}, {}
    made = _make(name, None, {}, {}, None, source)
    try:
        physics = physics_of(made)
        own = _own(type(made.unwrapped))
    finally:
        made.close()
    usual = physics.usual if physics is not None else {}
    known = {*usual, *own, *OBSERVING, _LIMIT} - {"self", "render_mode", "args", "kwargs"}
    for key, value in parameters.items():
        if key in usual:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UsageError(f"{source}: {key}={value} is not a number", f"its default is {usual[key]:g}")
        elif key not in known and not _takes(name, key, value, source):
            raise UsageError(f"{source}: unknown parameter {key!r}", did_you_mean(key, known))
    physical = {key: float(value) for key, value in parameters.items() if key in usual}
    return {key: value for key, value in parameters.items() if key not in usual}, physical


def _own(kind: type) -> set[str]:
    """Return the names of an environment's arguments, with those of its base classes if it takes keyword arguments."""
    names: set[str] = set()
    for each in kind.__mro__:
        if "__init__" in vars(each):
            parameters = inspect.signature(vars(each)["__init__"]).parameters
            names |= set(parameters)
            if all(one.kind is not inspect.Parameter.VAR_KEYWORD for one in parameters.values()):
                break
    return names


def _takes(name: str, key: str, value: Any, source: str) -> bool:
    """Return whether an environment takes an argument that is not in its signature, by trying it."""
    try:
        _make(name, None, {key: value}, {}, None, source).close()
    except DataError as error:
        return not isinstance(error.__cause__, TypeError)
    return True


def _make(
    name: str,
    limit: int | None,
    arguments: Mapping[str, Any],
    changed: Mapping[str, float],
    how: Observing | None,
    source: str,
    render_mode: str | None = None,
) -> gymnasium.Env[Any, Any]:
    if how is not None and how.rendered:
        render_mode = "rgb_array"
    drawn = {} if render_mode is None else {"render_mode": render_mode}
    try:
        with warnings.catch_warnings():  # users cannot fix warnings on versions of Gymnasium and pygame
            warnings.simplefilter("ignore")
            made: gymnasium.Env[Any, Any] = gymnasium.make(
                name, max_episode_steps=limit, disable_env_checker=True, **drawn, **arguments
            )
    except Exception as error:
        raise DataError(f"{source} cannot be made: {type(error).__name__}: {error}", "try it with Gymnasium") from error
    if changed:
        physics = physics_of(made)
        assert physics is not None
        physics.change(made, changed)
    return made if how is None else adapted(made, how, source)


def _code(environment: gymnasium.Env[Any, Any]) -> str:
    """Return a hash of the source of the environment's module, whose code may change under the same name."""
    try:
        file = inspect.getsourcefile(type(environment.unwrapped))
    except TypeError:
        file = None
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def _channels(shape: tuple[int, ...]) -> Iterator[str]:
    """Yield a note if a map seems to have its channels first; the expected order is height, width, channels."""
    if len(shape) == _MAP and shape[0] in _CHANNELS and shape[0] < min(shape[1:]) and shape[2] not in _CHANNELS:
        first, height, width = shape
        yield (
            f"observations of {first} x {height} x {width} are read as height, width, channels; if the channels come "
            "first, move them to the end, as gymnasium.wrappers.TransformObservation can"
        )
