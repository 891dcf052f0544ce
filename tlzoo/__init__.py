"""Transfer learning with Keras on TensorFlow: a zoo of pretrained backbones, training strategies, and plugins.

Public names and subpackages are imported on first use: ``import tlzoo`` is fast and does not import TensorFlow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tlzoo.process import forks as _forks  # noqa: F401 - notices forks from here on

from .process.keras_classes import register_with_keras
from .process.telemetry import switch_off

if TYPE_CHECKING:
    from tlzoo.api import (
        add_entry,
        bench,
        bench_strategies,
        build,
        check,
        compare,
        compare_runs,
        demo,
        diagnose,
        disable_plugins,
        enable_plugins,
        entries,
        entry,
        evaluate,
        explain,
        export_run,
        features,
        fetch,
        find_runs,
        inspect,
        label_next,
        list_adapters,
        list_exporters,
        list_heads,
        list_objectives,
        list_plugins,
        list_scores,
        list_strategies,
        list_tasks,
        list_trackers,
        load_backbone,
        load_run,
        mirror,
        new_project,
        predict,
        preview,
        publish,
        rank,
        resume,
        serve,
        train,
        tune,
        verify,
    )
    from tlzoo.backbones import install_hub_resolver
    from tlzoo.errors import TlzooError
    from tlzoo.runs import Recipe, Run
    from tlzoo.sklearn import TransferClassifier, TransferRegressor

__all__ = [
    "Recipe",
    "Run",
    "TlzooError",
    "TransferClassifier",
    "TransferRegressor",
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
    "install_hub_resolver",
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

switch_off()

_HOMES = dict.fromkeys(__all__, "tlzoo.api") | {
    "Recipe": "tlzoo.runs",
    "Run": "tlzoo.runs",
    "TlzooError": "tlzoo.errors",
    "TransferClassifier": "tlzoo.sklearn",
    "TransferRegressor": "tlzoo.sklearn",
    "install_hub_resolver": "tlzoo.backbones",
}

_SUBPACKAGES = (
    "artifacts",
    "backbones",
    "cli",
    "data",
    "errors",
    "evaluation",
    "export",
    "files",
    "heads",
    "hookspecs",
    "keras_objects",
    "layers",
    "modalities",
    "objectives",
    "plugins",
    "progress",
    "registry",
    "runs",
    "scores",
    "sklearn",
    "strategies",
    "tasks",
    "testing",
    "trackers",
    "training",
    "zoo",
)
"""The public subpackages and modules. ``docs/extend/plugin.md`` says what each is for."""


def __getattr__(name: str) -> Any:
    """Import a public name or subpackage on first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("tlzoo")
    if name in _SUBPACKAGES:
        return import_module(f"tlzoo.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'tlzoo' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names and subpackages only, imported or not."""
    return sorted((*__all__, *_SUBPACKAGES))


def _layers_of_plugins() -> dict[str, str]:
    """Return the Keras layers of plugins by registered name, as ``module:Class``."""
    from tlzoo.plugins.keras_layers import layers_of_plugins

    return layers_of_plugins()


register_with_keras(_layers_of_plugins)  # at the end: it may import plugins, which import tlzoo
