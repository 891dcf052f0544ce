"""Seconds that the features of 50,000 short texts take, from strings on.

    python tests/benchmarks/texts.py [--minilm ENTRY [--length 32]]

The texts are synopses of Debian's packages, about eight words each. With all-MiniLM-L6-v2 at hand its time for some of
them, and the ratio for as many, is printed too; it computes its whole length for every text, so that it is given one
that just holds them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time

import numpy as np

from tlzoo.backbones import LoadRequest, load_backbone
from tlzoo.data import Samples
from tlzoo.modalities.text.texts import Texts
from tlzoo.progress import Silent
from tlzoo.tasks import Classification
from tlzoo.zoo.features import extract

COUNT = 50_000
PACKAGED = "text/static.minilm"
SLOW_COUNT = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minilm", metavar="ENTRY", help="an entry of all-MiniLM-L6-v2 whose files are here")
    parser.add_argument("--length", type=int, default=32, help="word pieces that its texts are cut to")
    arguments = parser.parse_args()
    texts = synopses()
    seconds = timed(PACKAGED, texts)
    print(f"{PACKAGED}: {seconds:.1f} s for {len(texts):,} texts, {len(texts) / seconds:,.0f} a second")
    if arguments.minilm is None:
        print("all-MiniLM-L6-v2 is left out: name an entry whose files are here with --minilm", file=sys.stderr)
        return
    slow = timed(arguments.minilm, texts[:SLOW_COUNT], arguments.length)
    ratio = (slow / SLOW_COUNT) / (seconds / len(texts))
    print(f"{arguments.minilm}: {slow:.1f} s for {SLOW_COUNT:,} texts, {SLOW_COUNT / slow:,.0f} a second")
    print(f"{PACKAGED} is {ratio:,.0f} times as fast")


def timed(entry: str, texts: list[str], length: int | None = None) -> float:
    """Return the seconds for the features of texts that are not in the store, after a first few that load and trace."""
    backbone = load_backbone(entry, LoadRequest(sequence_length=length))
    extract(samples(texts[:8], "first"), backbone, (), "declared", Silent())
    began = time.perf_counter()
    extract(samples(texts, str(time.time_ns())), backbone, (), "declared", Silent())
    return time.perf_counter() - began


def samples(texts: list[str], salt: str) -> Samples:
    """Return texts as a source would give them; the salt keeps what is in the store from being taken."""
    given = Texts(len(texts), lambda index: (texts[index].encode(),), lambda index: f"text {index}")
    digests = np.frombuffer(np.random.default_rng(abs(hash(salt))).bytes(32 * len(texts)), np.uint8).reshape(-1, 32)
    return Samples("texts", Classification(("one", "two")), given, np.zeros(len(texts), np.int64), digests)


def synopses() -> list[str]:
    """Return synopses of packages, repeated where there are not enough."""
    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^Description(?:-en)?: (\S.*)$", available, re.MULTILINE)
    return (found * (COUNT // max(len(found), 1) + 1))[:COUNT]


if __name__ == "__main__":
    main()
