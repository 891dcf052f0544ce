"""`tlzoo registry build` and `check`."""

from __future__ import annotations

import hashlib
import json


def test_build_merges_and_check_is_content(distributions, tmp_path) -> None:
    folder = distributions.add("acme", entries=("acme/net.pets",))
    index = tmp_path / "index.toml"
    done = distributions.tlzoo("registry", "build", "--json", "--out", str(index), str(folder / "registry.toml"))
    assert json.loads(done.stdout) == {"path": str(index), "plugins": ["acme"], "entries": 1}
    assert 'entries."acme/net.pets"' in index.read_text()


def test_build_leaves_the_old_index_when_a_registry_is_invalid(distributions, tmp_path) -> None:
    folder = distributions.add("acme", more="nonsense = 1\n")
    index = tmp_path / "index.toml"
    index.write_text("old")
    distributions.tlzoo("registry", "build", "--out", str(index), str(folder / "registry.toml"), code=3)
    assert index.read_text() == "old"


def test_check_verifies_packaged_files(distributions) -> None:
    folder = distributions.add("acme", entries=("acme/net.pets",))
    path, weights = folder / "registry.toml", folder / "weights.h5"
    assert "does not exist" in distributions.tlzoo("registry", "check", str(path), code=3).stdout
    weights.write_bytes(b"weights")
    assert "files.weights.hash is missing" in distributions.tlzoo("registry", "check", str(path), code=3).stdout
    known = hashlib.sha256(b"weights").hexdigest()
    path.write_text(path.read_text() + f'files.weights.hash = "sha256:{known}"\nfiles.weights.bytes = 7\n')
    assert "1 entry, no problems" in distributions.tlzoo("registry", "check", str(path)).stderr
    weights.write_bytes(b"weight")
    (row,) = json.loads(distributions.tlzoo("registry", "check", "--json", str(path), code=3).stdout)
    assert len(row["problems"]) == 2


def test_check_lists_every_problem(distributions) -> None:
    folder = distributions.add("acme", entries=("acme/net.pets",), more="a = 1\nb = 2\n")
    done = distributions.tlzoo("registry", "check", str(folder / "registry.toml"), code=3)
    assert len(done.stdout.splitlines()) == 2


def test_check_names_a_missing_file(distributions) -> None:
    assert "no such file" in distributions.tlzoo("registry", "check", "nowhere.toml", code=3).stdout
