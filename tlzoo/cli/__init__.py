"""The command line. Only the module of the command that was asked for is imported."""

# Modules of commands become attributes of this package, ``list`` among them: nothing that runs stands here.
from .running import main

__all__ = ["main"]
