"""The plugin and its packaged embedding under tlzoo's conformance kit."""

from tlzoo.testing import BackboneChecks, PluginChecks


class TestPlugin(PluginChecks):
    plugin = "tlzoo-text"


class TestStatic(BackboneChecks):
    entry = "text/static.minilm"
