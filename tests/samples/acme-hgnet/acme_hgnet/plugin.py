"""Hooks of the plugin."""

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_backbones():
    """Return the loader for all sizes."""
    from .network import load_hgnet

    return {"hgnet": load_hgnet}
