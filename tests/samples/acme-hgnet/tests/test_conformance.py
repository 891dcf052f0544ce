"""tlzoo's conformance kit on this plugin."""

from tlzoo.testing import BackboneChecks, PluginChecks


class TestPlugin(PluginChecks):
    plugin = "acme-hgnet"


class TestHgnet(BackboneChecks):
    entry = "acme/hgnet-v2-tiny.imagenet"
