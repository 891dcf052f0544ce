"""Hooks of the plugin."""

from __future__ import annotations

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_tasks():
    """Return the task of grades."""
    from acme_grades.task import Grades

    return {Grades.kind: Grades}


@hookimpl
def tlzoo_heads():
    """Return the head with one direction and ordered thresholds."""
    from acme_grades.head import Cumulative

    return {Cumulative.name: Cumulative}


@hookimpl
def tlzoo_layers():
    """Return the layers of the head and of the answers."""
    return {
        "acme_grades>OrderedThresholds": "acme_grades.layer:OrderedThresholds",
        "acme_grades>Differences": "acme_grades.answers:Differences",
    }
