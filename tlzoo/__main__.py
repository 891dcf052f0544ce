"""``python -m tlzoo``: the command line, run by exactly this interpreter."""

from __future__ import annotations

import sys

from tlzoo.cli import main

if __name__ == "__main__":
    sys.exit(main())
