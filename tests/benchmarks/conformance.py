"""The conformance kit on every entry that fits a pattern, the cheapest first: a line for each, and what failed.

Run it as `python tests/benchmarks/conformance.py 'keras/*' [MOST_PARAMETERS]`, such as 50M. Each entry is checked in a
process of its own, with random weights where its files are not on this machine, and costs a minute or several.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from tlzoo.zoo import query


def main(pattern: str, most: str | None) -> int:
    """Print a line for each entry; return how many failed."""
    rows = query([pattern], where=most and f"params <= {most}", sort="flops", installed=True)
    print(f"{'entry':36}  params      run  failed  skipped  seconds", flush=True)
    failures = [row.id for row in rows if not conforms(row.id, row.values.get("params"))]
    print(f"{len(rows)} entries, {len(failures)} failed: {' '.join(failures) or 'none'}")
    return len(failures)


def conforms(name: str, parameters: object) -> bool:
    """Run the kit on an entry and print what came of it; say whether nothing failed."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tlzoo.cli", "check", name, "--json", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, errors = process.communicate()
    try:
        result = json.loads(out)
    except ValueError:
        print(f"{name:36}  broke with exit code {process.returncode}: {errors.strip().splitlines()[-1:]}", flush=True)
        return False
    seconds = time.monotonic() - began
    counts = f"{result['run']:3}  {result['failed']:6}  {result['skipped']:7}"
    print(f"{name:36}  {parameters!s:>9}  {counts}  {seconds:7.0f}", flush=True)
    for check in result["checks"]:
        if check["outcome"] == "failed":
            print(f"    {check['name']}: {check['reason']}", flush=True)
    return result["failed"] == 0


if __name__ == "__main__":
    os.nice(5)
    sys.exit(min(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None), 1))
