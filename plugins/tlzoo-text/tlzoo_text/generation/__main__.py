"""``python -m tlzoo_text.generation``: adapters and exports of runs, and completions without a run."""

from __future__ import annotations

import sys

from tlzoo.cli import main_of
from tlzoo_text.generation import command

if __name__ == "__main__":
    sys.exit(main_of("python -m tlzoo_text.generation", "write and use adapters of text generation", command))
