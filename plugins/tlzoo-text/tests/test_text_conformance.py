"""The plugin under tlzoo's conformance kit."""

from tlzoo.testing import PluginChecks


class TestPlugin(PluginChecks):
    plugin = "tlzoo-text"
