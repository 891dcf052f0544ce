"""The commands, one module each, with a one-line summary.

A command's module is imported only on request. The summaries are here, so ``tlzoo --help`` imports no command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import argparse

__all__ = ["COMMANDS", "Command"]


class Command(Protocol):
    """Interface of a command's module."""

    EXAMPLE: str

    def add_arguments(self, parser: argparse.ArgumentParser, /) -> None:
        """Add the command's arguments."""

    def run(self, arguments: argparse.Namespace, /) -> int | None:
        """Run the command and print its result; return an exit code, or None for 0."""


COMMANDS: Mapping[str, tuple[str, str]] = {
    "list": ("list", "list the zoo's entries"),
    "show": ("show", "show the card of an entry"),
    "train": ("train", "train a model on your data, from a pretrained backbone"),
    "tune": ("tune", "search for better values of a recipe's options"),
    "resume": ("resume", "resume an interrupted run"),
    "evaluate": ("evaluate", "evaluate the model of a run on data"),
    "predict": ("predict", "predict with the model of a run"),
    "export": ("export", "export the model of a run, and measure what is lost"),
    "serve": ("serve", "serve the model of a run over HTTP"),
    "runs": ("runs", "list runs and their results"),
    "data": ("data", "inspect a data set, or preview its augmentation"),
    "strategies": ("strategies", "list strategies and their options, or compare strategies"),
    "heads": ("components:HEADS", "list heads and their options"),
    "adapters": ("components:ADAPTERS", "list data adapters"),
    "scores": ("components:SCORES", "list scores, which estimate how well an entry transfers"),
    "objectives": ("components:OBJECTIVES", "list objectives, which replace the task's loss in a phase"),
    "tasks": ("components:TASKS", "list tasks with their loss and metrics"),
    "trackers": ("components:TRACKERS", "list trackers, which log runs elsewhere during training"),
    "exporters": ("components:EXPORTERS", "list export formats with their precisions and options"),
    "plugins": ("plugins", "list, install, remove, disable and enable plugins"),
    "new": ("new", "create a plugin project from a template"),
    "rank": ("rank", "rank the zoo's entries for your data"),
    "compare": ("compare", "compare entries side by side"),
    "bench": ("bench", "measure the speed and memory of backbones"),
    "check": ("check", "run conformance checks on a plugin, entry, class or data source"),
    "registry": ("registry", "build, check and extend registries"),
    "features": ("features", "compute features and write them to a file"),
    "fetch": ("fetch", "download the files of entries"),
    "verify": ("verify", "check the files of entries and runs on this machine"),
    "mirror": ("mirror", "copy files of entries to a folder, for machines without a network"),
    "publish": ("publish", "publish a run's backbone as an entry of the zoo"),
    "cache": ("cache", "list and remove cached files"),
    "doctor": ("doctor", "check the installation and report problems"),
    "demo": ("demo", "run a complete example, with packaged weights and data"),
}
