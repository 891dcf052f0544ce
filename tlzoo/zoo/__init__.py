"""The zoo: listing, entry cards, ranking, benchmarks, inspection and publishing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .benching import Measurement
    from .comparison import Comparison
    from .demo import Demonstration
    from .features import Extraction
    from .inspection.preview import Preview
    from .labelling.result import Candidate, ToLabel
    from .listing.cards import Card, card
    from .listing.components import Component, Components
    from .listing.entries import Entries
    from .listing.fields import Field, Row
    from .listing.page import write_page
    from .listing.plugins import PluginList
    from .listing.query import query
    from .loaded_backbone import LoadedBackbone
    from .publishing.publication import Published
    from .publishing.publish_to import PublishedModel
    from .ranking import Ranking
    from .scaffolding import Project
    from .strategy_bench.result import StrategyBench

__all__ = [
    "Candidate",
    "Card",
    "Comparison",
    "Component",
    "Components",
    "Demonstration",
    "Entries",
    "Extraction",
    "Field",
    "LoadedBackbone",
    "Measurement",
    "PluginList",
    "Preview",
    "Project",
    "Published",
    "PublishedModel",
    "Ranking",
    "Row",
    "StrategyBench",
    "ToLabel",
    "card",
    "query",
    "write_page",
]

_HOME = {
    "Candidate": "labelling.result",
    "Card": "listing.cards",
    "Comparison": "comparison",
    "Component": "listing.components",
    "Components": "listing.components",
    "Demonstration": "demo",
    "Entries": "listing.entries",
    "Extraction": "features",
    "Field": "listing.fields",
    "LoadedBackbone": "loaded_backbone",
    "Measurement": "benching",
    "PluginList": "listing.plugins",
    "Preview": "inspection.preview",
    "Project": "scaffolding",
    "Published": "publishing.publication",
    "PublishedModel": "publishing.publish_to",
    "StrategyBench": "strategy_bench.result",
    "Ranking": "ranking",
    "Row": "listing.fields",
    "ToLabel": "labelling.result",
    "card": "listing.cards",
    "query": "listing.query",
    "write_page": "listing.page",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that listing does not import the card code."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
