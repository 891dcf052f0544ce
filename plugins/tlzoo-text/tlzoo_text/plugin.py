"""What this plugin gives to tlzoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from tlzoo.backbones import Loader


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Give the loaders of the packaged embedding, of fastText vectors and of KerasHub's transformers."""
    from .fasttext import load_fasttext
    from .static import load_static
    from .transformers import load_transformer

    return {"fasttext": load_fasttext, "static": load_static, "transformer": load_transformer}
