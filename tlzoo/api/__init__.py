"""The Python API: commands of the shell as functions.

A function has the name of its command and takes the command's options as arguments: ``tlzoo train --epochs 5`` is
``train(epochs=5)``. Four have another name: ``entries()`` is ``tlzoo list``, ``entry()`` is ``tlzoo show``,
``find_runs()`` is ``tlzoo runs``, and ``explain()`` is ``tlzoo train --explain``. ``tlzoo evaluate`` and ``tlzoo
predict`` are methods of the ``Run`` that ``train()``, ``resume()`` and ``find_runs()`` return. The other commands have
no function here.

Use these names from ``tlzoo``: ``tlzoo.train(…)``. Importing them does not import TensorFlow; calling them may.
"""

from .backbones import build, load_backbone
from .files import fetch, mirror, verify
from .runs import find_runs, resume
from .training import demo, explain, train, tune
from .zoo import bench, compare, entries, entry, rank

__all__ = [
    "bench",
    "build",
    "compare",
    "demo",
    "entries",
    "entry",
    "explain",
    "fetch",
    "find_runs",
    "load_backbone",
    "mirror",
    "rank",
    "resume",
    "train",
    "tune",
    "verify",
]
