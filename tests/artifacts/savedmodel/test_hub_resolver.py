"""Plain ``tensorflow_hub.load`` goes through the same fetcher, once it is told so."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
import tensorflow as tf, tensorflow_hub as hub
import tlzoo

good, changed, hostile = sys.argv[1:]
said = []

def attempt(handle):
    try:
        return hub.load(handle)
    except tlzoo.TlzooError as error:
        said.append((type(error).__name__, str(error)))

tlzoo.install_hub_resolver()
attempt(good)
tlzoo.install_hub_resolver(trust_on_first_use=True)
said.append(attempt(good)(tf.ones([1, 4]), False)["default"].numpy().tolist())
attempt(hostile)
tlzoo.install_hub_resolver()
said.append(hub.resolve(good))
tlzoo.install_hub_resolver(trust=[hostile])
said.append(hub.resolve(hostile))
print(json.dumps(said))
"""


def packed(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as opened:
        opened.add(folder, arcname=".")
    return stream.getvalue()


@pytest.mark.slow
def test_hub_load_goes_through_the_fetcher(server, benign, hostile, cache: Path) -> None:
    good = server.at("/good/1", packed(benign("reusable")))
    bad = server.at("/bad/1", packed(hostile("writes at call")[0]))
    done = subprocess.run([sys.executable, "-c", SCRIPT, good, good, bad], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    unknown, numbers, refused, again, trusted = json.loads(done.stdout)
    assert unknown[0] == "EntryError"
    assert unknown[1].startswith(f"{good}: module: hub:{good} has no declared hash")
    assert numbers == [[4.0, 4.0]]
    assert refused[0] == "BytesRefusedError"
    assert "WriteFile" in refused[1]
    assert Path(again).is_relative_to(cache)
    assert Path(trusted).is_relative_to(cache)
    assert [path for path, _ in server.asked] == [f"/{name}/1?tf-hub-format=compressed" for name in ("good", "bad")]
