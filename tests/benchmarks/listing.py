"""What listing costs: `tlzoo list` over 500 entries of 15 plugins beside `python -c pass`, in turns, medians.

By the clock, and by processor time, which says more where the machine is busy.

Run it as `python tests/benchmarks/listing.py [ROUNDS]`. The plugins are real distributions (a package, a registry, a
dist-info folder) in a temporary folder on the path; importing one of them would fail.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLUGINS, ENTRIES = 15, 500

HEAD = """\
format = 1
plugin = "acme-{plugin}"
api = ">=0.2,<0.3"
namespaces = ["acme{plugin}"]
"""
ENTRY = """
[entries."acme{plugin}/network-{number}.imagenet"]
summary = "Network {number} of plugin {plugin}, trained to tell a thousand classes of pictures apart"
modality = "vision"
loader = "network"
licence = "Apache-2.0"
paper = "https://arxiv.org/abs/1801.04381"
tags = ["convolutional", "mobile"]
files.weights = {{ source = "https://example.org/{number}.weights.h5", hash = "sha256:{hash}", bytes = {bytes} }}
input = {{ kind = "image", size = [224, 224], smallest = [32, 32], range = [-1.0, 1.0] }}
features = {{ kind = "map", shape = [7, 7, 1280], pooling = "average" }}
training = {{ name = "ImageNet-1k", url = "https://image-net.org", classes = 1000, examples = 1281167 }}
measured = {{ parameters = {bytes}, flops = 600000000, feature_shape = [7, 7, 1280] }}
reported = [{{ metric = "top1", value = 0.713, data = "ImageNet-1k", source = "https://example.org/paper" }}]
"""


def main(rounds: int) -> None:
    """Print medians of wall and processor time, with the median ratio and difference to Python's start beside them."""
    tlzoo = Path(sys.executable).with_name("tlzoo")
    with tempfile.TemporaryDirectory() as folder:
        environment = make_plugins(Path(folder))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "tlzoo list --json": [str(tlzoo), "list", "--json"],
            "tlzoo list": [str(tlzoo), "list"],
            "tlzoo list --where": [str(tlzoo), "list", "--where", "params < 4M and tags = mobile", "--sort", "-params"],
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for number in range(rounds + 1):
            for name, command in commands.items():
                seconds = timed(command, environment)
                if number:  # the first round compiles
                    taken[name].append(seconds)
    base = taken["python -c pass"]
    print(f"{'':18}  {'wall':>8}  {'ratio':>5}  {'more':>9}   {'processor':>9}  {'ratio':>5}  {'more':>9}")
    for name, measured in taken.items():
        print(f"{name:18}  {compared(measured, base, 0)}   {compared(measured, base, 1):>27}")


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command; return its seconds by the clock, and those of the processor (user and system)."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return elapsed, usage.ru_utime + usage.ru_stime


def compared(measured: list[tuple[float, float]], base: list[tuple[float, float]], which: int) -> str:
    """Say a median, and the medians of ratios and differences within the rounds."""
    pairs = [(one[which], other[which]) for one, other in zip(measured, base, strict=True)]
    median = statistics.median(one for one, _ in pairs)
    ratio = statistics.median(one / other for one, other in pairs)
    more = statistics.median(one - other for one, other in pairs)
    return f"{1e3 * median:5.1f} ms  {ratio:4.1f}x  +{1e3 * more:5.1f} ms"


def make_plugins(folder: Path) -> dict[str, str]:
    """Install the plugins into a folder, and return the environment in which they are found."""
    for plugin in range(PLUGINS):
        package = folder / f"acme_{plugin}"
        package.mkdir()
        (package / "__init__.py").write_text("raise AssertionError('listing imported a plugin')\n")
        numbers = range(plugin, ENTRIES, PLUGINS)
        entries = (ENTRY.format(plugin=plugin, number=n, hash=f"{n:064x}", bytes=3_000_000 + n) for n in numbers)
        (package / "registry.toml").write_text(HEAD.format(plugin=plugin) + "".join(entries))
        metadata = folder / f"acme_{plugin}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.4\nName: acme-{plugin}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[tlzoo.plugins]\nacme-{plugin} = acme_{plugin}.plugin\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TLZOO_")}
    return {**environment, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
