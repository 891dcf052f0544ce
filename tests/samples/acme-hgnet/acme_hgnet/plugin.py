"""What this plugin gives to tlzoo."""

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_backbones():
    """One loader for all sizes."""
    from .network import load_hgnet

    return {"hgnet": load_hgnet}
