"""What this plugin gives to tlzoo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from keras import Layer

    from tlzoo.backbones import Loader


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """Give the loaders of the packaged embedding, of fastText vectors and of KerasHub's transformers."""
    from .fasttext import load_fasttext
    from .static import load_static
    from .transformers import load_transformer

    return {"fasttext": load_fasttext, "static": load_static, "transformer": load_transformer}


@hookimpl
def tlzoo_layers() -> Mapping[str, type[Layer]]:
    """Give the layers that saved models of texts contain."""
    from importlib.util import find_spec

    from .fasttext.tokens import FastTextTokens
    from .static.embedding import MeanOfTokens
    from .wordpiece.layer import WordPiece

    classes: list[type[Layer]] = [FastTextTokens, MeanOfTokens, WordPiece]
    if find_spec("keras_hub") is not None:
        from .transformers.relative_embedding import BuiltRelativeEmbedding

        classes.append(BuiltRelativeEmbedding)
    return {f"tlzoo_text>{each.__name__}": each for each in classes}
