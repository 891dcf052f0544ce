"""The plugin and its trunks under tlzoo's conformance kit."""

from tlzoo.testing import AdapterChecks, BackboneChecks, PluginChecks


class TestPlugin(PluginChecks):
    plugin = "tlzoo-rl"


class TestMLP(BackboneChecks):
    entry = "rl/mlp.blank"


class TestCartPole(BackboneChecks):
    entry = "rl/mlp.cartpole"


class TestAcrobot(BackboneChecks):
    entry = "rl/mlp.acrobot"


class TestDoorKey(BackboneChecks):
    entry = "rl/grid-cnn.doorkey"


class TestGridCNN(BackboneChecks):
    entry = "rl/grid-cnn.blank"


class TestNatureCNN(BackboneChecks):
    entry = "rl/nature-cnn.blank"


class TestNatureCNNForImages(BackboneChecks):
    entry = "rl/nature-cnn-rgb.blank"


class TestGym(AdapterChecks):
    source = "gym:CartPole-v1?max_steps=20"
