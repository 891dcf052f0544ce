"""What a server of a run can take: latency, throughput beside a bare loop, and ten times that load.

    python tests/benchmarks/serving.py [--backbone efficientnet-lite0] [--runtime tensorflow,onnx]
        [--seconds 5] [--out FILE]

A run on 24 photographs of digits is trained, then served by ``tlzoo serve``. The clients are coroutines of one other
process; each sends one JPEG of 320 x 240 pixels after another over a connection of its own. The bare loop is a process
that computes batches of the same JPEG with the same function, without HTTP: decoding, resizing, network. Loops and
servers are measured in turn, ``--rounds`` times; figures are medians. CPU is the CPU time of an input in the server by
that in the loop, which other programs on the machine hardly change. The overload sends requests at ten times the
highest measured rate, for as many seconds, whatever comes back; then one client measures again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

CLIENTS = (1, 8, 64)
OVERLOAD = 10
MOST_CONNECTIONS = 2000
BARE = "--bare"


def main() -> None:
    """Print a table for each runtime."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backbone", default="efficientnet-lite0")
    parser.add_argument("--runtime", default="tensorflow,onnx")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="append each measurement as a line of JSON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run, picture = trained(folder, asked.backbone, asked.runtime.split(","))
        for runtime in asked.runtime.split(","):
            print(f"\n{asked.backbone}, {runtime}, batches of at most 32")
            measure(run, picture, runtime, asked)


def measure(run: Path, picture: Path, runtime: str, asked: argparse.Namespace) -> None:
    """Measure the bare loop and the server in turn, then the overload, and print them."""
    bare: list[float] = []
    found: dict[int, list[dict[str, float]]] = {each: [] for each in CLIENTS}
    body = picture.read_bytes()
    for _ in range(asked.rounds):
        rate, bare_cpu = bare_rate(run, runtime, picture, asked.seconds)
        bare.append(rate)
        with serving(run, runtime) as (port, process):
            for clients in CLIENTS:
                spent = cpu_seconds(process)
                one = asyncio.run(closed_loop(port, body, clients, asked.seconds))
                one["cpu"] = (cpu_seconds(process) - spent) / one.pop("requests") / bare_cpu
                found[clients].append(one)
    rate = statistics.median(bare)
    print(f"bare loop: {rate:.0f} inputs/s")
    print("clients   inputs/s   of the loop    CPU   p50 ms   p95 ms   p99 ms")
    best = 0.0
    for clients, each in found.items():
        middle = {key: statistics.median(one[key] for one in each) for key in each[0]}
        ratio = statistics.median(one["rate"] / loop for one, loop in zip(each, bare, strict=True))
        best = max(best, middle["rate"])
        shown = "   ".join(f"{middle[key]:6.1f}" for key in ("p50", "p95", "p99"))
        print(f"{clients:7}   {middle['rate']:8.0f}   {ratio:11.2f}   {middle['cpu']:4.2f}   {shown}")
        note(
            asked.out, {"backbone": asked.backbone, "runtime": runtime, "clients": clients, "bare": bare, "found": each}
        )
    with serving(run, runtime) as (port, _):
        before = asyncio.run(closed_loop(port, body, 1, asked.seconds))
        counts = asyncio.run(open_loop(port, body, OVERLOAD * best, asked.seconds))
        after = asyncio.run(closed_loop(port, body, 1, asked.seconds))
    said = ", ".join(f"{count} x {what}" for what, count in sorted(counts.items()))
    print(f"{OVERLOAD} times {best:.0f} requests/s for {asked.seconds:g} s: {said}")
    print(f"one client: p50 {before['p50']:.1f} ms before, {after['p50']:.1f} ms after")
    note(
        asked.out,
        {"backbone": asked.backbone, "runtime": runtime, "overload": counts, "before": before, "after": after},
    )


def trained(folder: Path, backbone: str, runtimes: Sequence[str]) -> tuple[Path, Path]:
    """Train a run with the exported files of these runtimes; return its folder, and a picture."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for label in (3, 7):
        (folder / f"photos/{label}").mkdir(parents=True)
        for number, pixels in enumerate(digits.images[digits.target == label][:12]):
            Image.fromarray((pixels * 15).astype("uint8")).save(folder / f"photos/{label}/{number}.png")
    stream = io.BytesIO()
    Image.fromarray((digits.images[0] * 15).astype("uint8")).convert("RGB").resize((320, 240)).save(stream, "JPEG")
    (folder / "picture.jpg").write_bytes(stream.getvalue())
    formats = ["saved-model", *(each for each in runtimes if each != "tensorflow")]
    command = [
        *(sys.executable, "-m", "tlzoo", "train", "--data", f"images:{folder / 'photos'}", "--backbone", backbone),
        *("--strategy", "feature-extraction", "--export", ",".join(formats), "--out", str(folder / "runs"), "--quiet"),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (run,) = (folder / "runs").iterdir()
    return run, folder / "picture.jpg"


def bare_loop(run: str, runtime: str, seconds: str, picture: str) -> None:
    """Compute batches of a picture without a server; print inputs per second and CPU seconds of an input."""
    from tlzoo.progress import Silent
    from tlzoo.runs import Run
    from tlzoo.runs.serving.model import open_model
    from tlzoo.runs.serving.options import ServerOptions
    from tlzoo.runs.serving.runtimes import served_file

    opened = Run(Path(run))
    served = served_file(opened, runtime, Silent())
    model = open_model(opened, ServerOptions.checked(runtime=runtime), None if served is None else served.file)
    batch = [Path(picture).read_bytes()] * model.most
    model.compute(batch)
    done, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < began + float(seconds):
        outputs = model.compute(batch)
        for row in range(len(batch)):
            model.answer(outputs, row)
        done += len(batch)
    print(done / (time.perf_counter() - began), (time.process_time() - spent) / done)


def bare_rate(run: Path, runtime: str, picture: Path, seconds: float) -> tuple[float, float]:
    """Return the inputs per second of the model without a server, and the CPU seconds of an input."""
    command = [sys.executable, __file__, BARE, str(run), runtime, str(seconds), str(picture)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True)
    rate, cpu = map(float, done.stdout.split()[-2:])
    return rate, cpu


def cpu_seconds(process: int) -> float:
    """Return the CPU time of a process on Linux."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(run: Path, runtime: str) -> Iterator[tuple[int, int]]:
    """Serve the run in a process of its own, and give its port and process id."""
    command = [sys.executable, "-m", "tlzoo", "serve", str(run), "--port", "0", "--runtime", runtime, "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().rpartition(":")[2]), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


async def closed_loop(port: int, body: bytes, clients: int, seconds: float) -> dict[str, float]:
    """Return requests per second, and latencies in milliseconds, of clients that each wait for their answer."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        connection = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < end:
            status, _ = await asked_once(connection, body)
            assert status == 200, status
            times.append(time.perf_counter() - began)
        connection[1].close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    taken = time.perf_counter() - began
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    return {
        "requests": len(times),
        "rate": len(times) / taken,
        "p50": 1e3 * cuts[49],
        "p95": 1e3 * cuts[94],
        "p99": 1e3 * cuts[98],
    }


async def open_loop(port: int, body: bytes, rate: float, seconds: float) -> dict[str, int]:
    """Send requests at a rate, each over a connection of its own, and count the answers."""
    counts: Counter[str] = Counter()
    limit = asyncio.Semaphore(MOST_CONNECTIONS)

    async def one() -> None:
        try:
            connection = await asyncio.open_connection("127.0.0.1", port)
            status, headers = await asked_once(connection, body)
            connection[1].close()
            counts[f"{status} with Retry-After" if b"retry-after" in headers.lower() else str(status)] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            counts[type(error).__name__] += 1
        finally:
            limit.release()

    began, tasks = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await limit.acquire()
        task = asyncio.create_task(one())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    sent = int(rate * seconds) / (time.perf_counter() - began)
    await asyncio.gather(*tasks)
    counts["requests sent per second"] = round(sent)
    return dict(counts)


async def asked_once(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], body: bytes) -> tuple[int, bytes]:
    """Send one request, and return the status and the headers of its answer."""
    reader, writer = connection
    head = (
        f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    headers = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in headers.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.partition(b":")[2]))
    return int(headers.split(b" ", 2)[1]), headers


def note(path: Path | None, value: dict[str, Any]) -> None:
    """Append a measurement to a file."""
    if path is not None:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"threads": os.environ.get("OMP_NUM_THREADS"), **value}) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == [BARE]:
        bare_loop(*sys.argv[2:])
    else:
        main()
