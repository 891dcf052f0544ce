"""``python -m tlzoo_rl.transfer``: the transfer report of a backbone in an environment."""

from __future__ import annotations

import sys

from tlzoo.cli import main_of
from tlzoo_rl.transfer import command

if __name__ == "__main__":
    sys.exit(main_of("python -m tlzoo_rl.transfer", "train with and without transfer, and measure the gain", command))
