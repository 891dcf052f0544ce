"""Feed many hostile inputs of each kind to the program, and count how they end.

    python tests/benchmarks/hostile.py [--kind NAME]… [--count 10000] [--start 0] [--minutes 10] [--out FOLDER]

Every input ends in a result or in one clear line. Exits with 1 where one does not; the first input of each sort of
defect is printed, and written to a file under ``--out``. Kinds that need TensorFlow get a tenth of the inputs. The same
``--start`` draws the same inputs. Kinds are in ``tests/made/made_hostile``.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "made"))


def main() -> int:
    """Print a line for each kind, then its defects."""
    from made_hostile import KINDS, run_campaign

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="this kind alone; all by default")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=10.0, help="at most, for each kind")
    parser.add_argument("--out", type=Path, help="a folder for inputs that end in a defect")
    asked = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as settings:
        own = {"TLZOO_CACHE": settings, "TLZOO_SETTINGS": settings, "TLZOO_OFFLINE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        os.environ |= own
        for name in asked.kind or sorted(KINDS):
            kind = KINDS[name]
            count = asked.count // 10 if kind.tensorflow else asked.count
            campaign = run_campaign(kind, count, start=asked.start, at_most=asked.minutes * 60)
            print(campaign, flush=True)
            for sort, detail in campaign.defects.items():
                found += 1
                print(f"  DEFECT {sort}", flush=True)
                if asked.out is not None:
                    asked.out.mkdir(parents=True, exist_ok=True)
                    file = asked.out / f"{name}-{hashlib.sha256(sort.encode()).hexdigest()[:8]}.txt"
                    file.write_text(detail, encoding="utf-8", errors="backslashreplace")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
