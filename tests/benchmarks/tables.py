"""A million rows with quotes and embedded newlines: processor seconds and peak memory of each way to read them.

    python tests/benchmarks/tables.py [ROWS]

Every way runs in a process of its own. polars is measured where it is installed; tlzoo does not need it.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WAYS = ("python csv", "pyarrow", "polars", "table:", "table: and every text once")


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1] in WAYS:
        measure(sys.argv[1], Path(sys.argv[2]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        write(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB")
        for way in WAYS:
            done = subprocess.run([sys.executable, __file__, way, path], capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{way:<28} {done.stderr.strip().splitlines()[-1]}")
                continue
            figures = json.loads(done.stdout)
            print(f"{way:<28} {figures['seconds']:6.1f} s {figures['MiB']:6.0f} MiB  {figures['read']:,} read")


def write(path: Path, rows: int) -> None:
    """Write texts of 5 to 40 words; every third has newlines, every fifth quotes and a comma."""
    draw = random.Random(0)
    words = [f"w{draw.getrandbits(24):x}" for _ in range(5000)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label", "stars"])
        for row in range(rows):
            text = " ".join(draw.choices(words, k=draw.randint(5, 40)))
            text = text.replace(" ", "\n", 2) if row % 3 == 0 else text
            writer.writerow([row, text + ' said "hé", twice' * (row % 5 == 0), "pos" if row % 2 else "neg", row % 7])


def measure(way: str, path: Path) -> None:
    read = READERS[way](path)
    seconds = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "MiB": peak, "read": read}))


def by_csv(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return sum(len(row[1]) for row in csv.reader(file, strict=True)) - len("text")


def by_pyarrow(path: Path) -> int:
    import pyarrow as pa
    from pyarrow import compute
    from pyarrow import csv as arrow

    batches = arrow.open_csv(
        path,
        parse_options=arrow.ParseOptions(newlines_in_values=True),
        convert_options=arrow.ConvertOptions(
            include_columns=["text", "label"], column_types={"text": pa.string(), "label": pa.string()}
        ),
    )
    return sum(compute.sum(compute.utf8_length(batch["text"])).as_py() for batch in batches)


def by_polars(path: Path) -> int:
    import polars as pl

    lengths = pl.scan_csv(path, infer_schema=False).select(pl.col("text").str.len_chars().sum(), "label")
    return int(lengths.select("text").limit(1).collect(engine="streaming").item())


def by_table(path: Path) -> int:
    from tlzoo.data import table

    samples = table(str(path), {"text": "text", "label": "label"})
    return len(samples.examples)


def by_table_once(path: Path) -> int:
    import numpy as np

    from tlzoo.data import table

    samples = table(str(path), {"text": "text", "label": "label"})
    order = np.random.default_rng(0).permutation(len(samples.examples))
    batches = samples.examples.stream(order).batch(512).as_numpy_iterator()
    return sum(len(text.decode()) for batch in batches for text in batch)


READERS = dict(zip(WAYS, (by_csv, by_pyarrow, by_polars, by_table, by_table_once), strict=True))

if __name__ == "__main__":
    main()
