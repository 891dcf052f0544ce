"""Hooks of the plugin."""

from __future__ import annotations

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_tasks():
    """Return the task of depth."""
    from acme_depth.task import Depth

    return {Depth.kind: Depth}


@hookimpl
def tlzoo_heads():
    """Return the head of one convolution on the last map."""
    from acme_depth.head import DepthMap

    return {DepthMap.name: DepthMap}
