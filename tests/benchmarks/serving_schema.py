"""Thousands of requests that Schemathesis makes up from the OpenAPI document of a server.

    python tests/benchmarks/serving_schema.py RUN… [--examples 200] [--seed 1]

Each run is served, and ``uvx schemathesis`` sends valid and invalid requests: an answer of 500, an undocumented status,
an accepted invalid request, or an answer that does not match its schema fails. Files in a request are random bytes, so
422 is a right answer to a valid request; that check is left out. It is no test: its plugin would slow down every start
of pytest.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile

import tlzoo


def main() -> int:
    """Return 1 if a run's server fails a check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    failed = False
    for run in asked.runs:
        with tlzoo.serve(run, port=0) as server, tempfile.TemporaryDirectory() as folder:
            print(f"{run}: {server.url}", flush=True)
            command = [
                *("uvx", "schemathesis", "run", f"{server.url}/openapi.json", "--checks", "all"),
                *("--exclude-checks", "positive_data_acceptance"),
                *("--max-examples", str(asked.examples), "--seed", str(asked.seed)),
            ]
            failed |= subprocess.run(command, cwd=folder, check=False).returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
