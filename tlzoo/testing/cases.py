"""The kit as pytest classes to inherit from."""

from __future__ import annotations

from typing import ClassVar

from tlzoo.testing.backbone import BACKBONE_CHECKS
from tlzoo.testing.methods import Checks
from tlzoo.testing.plugin import PLUGIN_CHECKS, PluginSubject
from tlzoo.testing.strategy import STRATEGY_CHECKS, StrategySubject
from tlzoo.testing.subject import BackboneSubject

__all__ = ["BackboneChecks", "PluginChecks", "StrategyChecks"]


class BackboneChecks(Checks):
    """Checks of an entry: ``class TestGlyphnet(BackboneChecks): entry = "vision/glyphnet.glyphs"``."""

    checks = BACKBONE_CHECKS
    entry: ClassVar[str]

    @classmethod
    def subject(cls) -> BackboneSubject:
        """Return the entry."""
        return BackboneSubject(cls.named("entry", "vision/glyphnet.glyphs"))


class PluginChecks(Checks):
    """Checks of a plugin as a whole: ``class TestPlugin(PluginChecks): plugin = "tlzoo-vision"``."""

    checks = PLUGIN_CHECKS
    plugin: ClassVar[str]

    @classmethod
    def subject(cls) -> PluginSubject:
        """Return the plugin."""
        return PluginSubject(cls.named("plugin", "tlzoo-vision"))


class StrategyChecks(Checks):
    """Checks of a strategy: ``class TestDescend(StrategyChecks): strategy = "mine.strategies:ThenDescend"``."""

    checks = STRATEGY_CHECKS
    strategy: ClassVar[str]

    @classmethod
    def subject(cls) -> StrategySubject:
        """Return the strategy."""
        return StrategySubject(cls.named("strategy", "multi-step"))
