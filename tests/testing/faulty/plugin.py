"""A plugin whose entries are sound but for one fault each, which the entry's option names."""

from tlzoo.plugins import hookimpl


@hookimpl
def tlzoo_backbones():
    from faulty import network, others

    return {"network": network.load, "text": others.load_text, "observations": others.load_observations}
