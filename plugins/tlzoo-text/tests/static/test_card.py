"""What is said of the packaged files is so."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from tlzoo.plugins.catalog import catalog

PACKAGE = files("tlzoo_text")


def test_card_sums_and_registry_speak_of_the_same_files() -> None:
    card = (PACKAGE / "cards/static.minilm.md").read_text("utf-8")
    sums = dict(reversed(line.split("  ")) for line in (PACKAGE / "weights/SHA256SUMS").read_text("utf-8").splitlines())
    entry = catalog().get("text/static.minilm")
    for file in entry.files.values():
        content = (PACKAGE / file.source.removeprefix("package:tlzoo_text/")).read_bytes()
        assert file.hash == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert file.hash == f"sha256:{sums[file.source.rpartition('/')[2]]}"
    weights = entry.files["weights"]
    assert f"{weights.bytes:,} bytes; sha256 `{(weights.hash or '').removeprefix('sha256:')}`" in card
