"""A plugin whose entries are sound but for one fault each, which the entry's option names."""

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_backbones():
    from faulty.network import load

    return {"network": load}
