"""``python -m tlzoo.cli`` runs the command line with this interpreter."""

from __future__ import annotations

import sys

from tlzoo.cli import main

sys.exit(main())
