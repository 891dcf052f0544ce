"""``python -m tlzoo`` runs the command line with this interpreter."""

from __future__ import annotations

import sys

from tlzoo.cli import main

if __name__ == "__main__":
    sys.exit(main())
