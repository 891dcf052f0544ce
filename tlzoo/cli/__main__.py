"""``python -m tlzoo.cli``: the command line of exactly this interpreter."""

from __future__ import annotations

import sys

from tlzoo.cli import main

sys.exit(main())
