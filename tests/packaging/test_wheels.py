"""What the built distributions hold. `.ci/run` builds them and names their folder in TLZOO_DIST."""

from __future__ import annotations

import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

import tlzoo

ROOT = Path(tlzoo.__file__).parents[1]
PACKAGES = {
    "tlzoo": ROOT / "tlzoo",
    "tlzoo_rl": ROOT / "plugins/tlzoo-rl/tlzoo_rl",
    "tlzoo_text": ROOT / "plugins/tlzoo-text/tlzoo_text",
    "tlzoo_vision": ROOT / "plugins/tlzoo-vision/tlzoo_vision",
}


@pytest.fixture(scope="module")
def dist() -> Path:
    if "TLZOO_DIST" not in os.environ:
        pytest.skip("TLZOO_DIST names no folder of built distributions; .ci/run builds them")
    return Path(os.environ["TLZOO_DIST"])


def wheel_names(dist: Path, package: str) -> set[str]:
    (wheel,) = dist.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_every_tracked_file_of_its_package(dist: Path, package: str) -> None:
    folder = PACKAGES[package]
    done = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=True)
    tracked = {f"{package}/{name}" for name in done.stdout.decode().split("\0") if name}
    assert f"{package}/py.typed" in tracked
    assert f"{package}/registry.toml" in tracked
    assert tracked <= wheel_names(dist, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_nothing_but_package_and_metadata(dist: Path, package: str) -> None:
    roots = {name.split("/")[0] for name in wheel_names(dist, package)}
    (metadata,) = roots - {package}
    assert metadata.endswith(".dist-info")
    assert {f"{metadata}/licenses/LICENSE", f"{metadata}/licenses/NOTICE"} <= wheel_names(dist, package)


def test_core_wheel_carries_the_index(dist: Path) -> None:
    (wheel,) = dist.glob("tlzoo-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("tlzoo/index.toml") == (ROOT / "registry.toml").read_bytes()


@pytest.mark.parametrize("package", PACKAGES)
def test_source_distribution_has_licence_and_no_tests(dist: Path, package: str) -> None:
    (archive,) = dist.glob(f"{package}-*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"LICENSE", "NOTICE", "README.md", "pyproject.toml", f"{package}/py.typed"} <= names
    assert not [name for name in names if name.startswith("tests/")]
