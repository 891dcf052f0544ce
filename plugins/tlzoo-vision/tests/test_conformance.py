"""The plugin, its packaged networks and the cheapest of Keras Applications under tlzoo's conformance kit.

For all forty there is ``tests/benchmarks/conformance.py``, which takes an hour and more.
"""

import pytest

from tlzoo.testing import BackboneChecks, PluginChecks


class TestPlugin(PluginChecks):
    plugin = "tlzoo-vision"


class TestGlyphnet(BackboneChecks):
    entry = "vision/glyphnet.glyphs"


@pytest.mark.slow
class TestEfficientnetLite0(BackboneChecks):
    entry = "vision/efficientnet-lite0.imagenet"


@pytest.mark.slow
class TestMobileNetV3Small(BackboneChecks):
    entry = "keras/mobilenet-v3-small.imagenet"
