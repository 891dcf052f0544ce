"""Writes the card of ``static.minilm``: the text of ``card.md`` with figures of the files and the benchmark's table.

python tests/benchmarks/text_features.py … > plugins/tlzoo-text/pretrain/text_features.md
python plugins/tlzoo-text/pretrain/card.py
"""

from __future__ import annotations

import hashlib
import string
from pathlib import Path

from tlzoo_text.static.table import read_table

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "tlzoo_text"
NAME = "static.minilm"


def main() -> None:
    """Write the card."""
    weights = PACKAGE / "weights" / f"{NAME}.npz"
    table = read_table(weights)
    figures = {
        "tokens": f"{len(table.vectors):,}",
        "size": str(table.vectors.shape[1]),
        "bytes": f"{weights.stat().st_size:,}",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "table": (HERE / "text_features.md").read_text("utf-8").rstrip(),
    }
    text = string.Template((HERE / "card.md").read_text("utf-8")).substitute(figures)
    (PACKAGE / "cards" / f"{NAME}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
