"""The plugin and its packaged networks under tlzoo's conformance kit."""

from tlzoo.testing import BackboneChecks, PluginChecks


class TestPlugin(PluginChecks):
    plugin = "tlzoo-vision"


class TestGlyphnet(BackboneChecks):
    entry = "vision/glyphnet.glyphs"
