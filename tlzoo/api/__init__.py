"""The Python API: the commands of the shell as functions.

A function has the name of its command and takes the command's options as arguments: ``tlzoo train --epochs 5`` is
``train(epochs=5)``. Some functions have another name, because the command's name is a subpackage or a Python keyword:

- ``entries()`` is ``tlzoo list``, and ``entry()`` is ``tlzoo show``.
- ``find_runs()`` is ``tlzoo runs``, ``compare_runs()`` is ``tlzoo runs compare``, ``load_run()`` opens one run, and
  ``explain()`` is ``tlzoo train --explain``.
- ``list_strategies()``, ``list_heads()``, ``list_adapters()``, ``list_scores()``, ``list_objectives()`` and
  ``list_tasks()`` list components; ``list_plugins()`` is ``tlzoo plugins list``.
- ``inspect()`` and ``preview()`` are ``tlzoo data inspect`` and ``tlzoo data preview``; ``label_next()`` is
  ``tlzoo data next``.
- ``diagnose()`` is ``tlzoo doctor``, ``new_project()`` is ``tlzoo new``, and ``add_entry()`` is ``tlzoo registry add``.

``load_backbone()`` and ``build()`` are for models of your own. Installing plugins, pruning the cache and building
registries are possible only in the shell.

Use these names from ``tlzoo``: ``tlzoo.train(…)``. Importing them does not import TensorFlow; calling them may.
"""

from tlzoo.plugins.plugin_errors import naming_plugins

from .backbones import build, load_backbone
from .components import (
    check,
    diagnose,
    disable_plugins,
    enable_plugins,
    list_adapters,
    list_exporters,
    list_heads,
    list_objectives,
    list_plugins,
    list_scores,
    list_strategies,
    list_tasks,
    list_trackers,
    new_project,
)
from .data import features, inspect, label_next, preview
from .files import fetch, mirror, verify
from .own_entries import add_entry
from .runs import compare_runs, evaluate, export_run, find_runs, load_run, predict, publish, resume
from .serving import serve
from .strategies import bench_strategies
from .training import demo, explain, train, tune
from .zoo import bench, compare, entries, entry, rank

__all__ = [
    "add_entry",
    "bench",
    "bench_strategies",
    "build",
    "check",
    "compare",
    "compare_runs",
    "demo",
    "diagnose",
    "disable_plugins",
    "enable_plugins",
    "entries",
    "entry",
    "evaluate",
    "explain",
    "export_run",
    "features",
    "fetch",
    "find_runs",
    "inspect",
    "label_next",
    "list_adapters",
    "list_exporters",
    "list_heads",
    "list_objectives",
    "list_plugins",
    "list_scores",
    "list_strategies",
    "list_tasks",
    "list_trackers",
    "load_backbone",
    "load_run",
    "mirror",
    "new_project",
    "predict",
    "preview",
    "publish",
    "rank",
    "resume",
    "serve",
    "train",
    "tune",
    "verify",
]

globals().update({name: naming_plugins(globals()[name]) for name in __all__})
