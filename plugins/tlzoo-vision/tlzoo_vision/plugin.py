"""What this plugin gives to tlzoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from tlzoo.backbones import Loader


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Give the loaders of the packaged networks and of those of Keras Applications."""
    from .loaders import load_application, load_colournet, load_glyphnet, load_hub_network

    return {
        "applications": load_application,
        "colournet": load_colournet,
        "glyphnet": load_glyphnet,
        "kerashub": load_hub_network,
    }
