"""The commands, one a module: each with its module and a summary of one line.

A module is imported only when its command is asked for. The line stands here, so that ``tlzoo --help`` imports none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMANDS", "Command"]


class Command(Protocol):
    """What the module of a command has."""

    EXAMPLE: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add the command's arguments."""

    def run(self, arguments: argparse.Namespace, /) -> int | None:
        """Do it, and print its result; return an exit code, None for 0."""


COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("list", "list the zoo's entries"),
    "show": ("show", "show an entry's card"),
    "train": ("train", "transfer a backbone to your data"),
    "tune": ("tune", "search for better options of a recipe"),
    "resume": ("resume", "go on with an interrupted run"),
    "evaluate": ("evaluate", "measure a run's model on data"),
    "predict": ("predict", "predict with a run's model"),
    "runs": ("runs", "list runs and their results"),
    "data": ("data", "inspect a data set, preview its augmentation"),
    "strategies": ("components:STRATEGIES", "list strategies and their options"),
    "heads": ("components:HEADS", "list heads and their options"),
    "adapters": ("components:ADAPTERS", "list data adapters"),
    "scores": ("components:SCORES", "list scores: estimates of how well an entry transfers"),
    "objectives": ("components:OBJECTIVES", "list objectives: losses of a phase in place of the task's"),
    "tasks": ("components:TASKS", "list tasks: kinds of labels with their loss and metrics"),
    "trackers": ("components:TRACKERS", "list trackers: where runs are logged while they train"),
    "plugins": ("plugins", "list installed plugins and whether they work; disable and enable them"),
    "new": ("new", "write a plugin's project to begin with"),
    "rank": ("rank", "rank the zoo's entries for your data"),
    "compare": ("compare", "put entries side by side"),
    "bench": ("bench", "measure backbones"),
    "check": ("check", "run the conformance kit on a plugin or an entry"),
    "registry": ("registry", "build and check registries"),
    "features": ("features", "write features to a file for other tools"),
    "fetch": ("fetch", "bring entries' files onto this machine"),
    "verify": ("verify", "check entries' files on this machine"),
    "mirror": ("mirror", "copy entries' files into a folder for machines without a network"),
    "publish": ("publish", "make an entry of a run's backbone: the source of the next transfer"),
    "cache": ("cache", "list what is kept on this machine, remove what is not needed"),
    "doctor": ("doctor", "what there is on this machine, and what is wrong with it"),
    "demo": ("demo", "the main job on packaged weights and real data, offline"),
}
