"""What the built distributions hold. `.ci/run` builds them and names their folder in TLZOO_DIST."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import tlzoo
from tlzoo.plugins import API_VERSION

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


def metadata_of(dist: Path, package: str) -> Metadata:
    """The metadata of a wheel, of which every field is checked."""
    (wheel,) = dist.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        return Metadata.from_email(archive.read(name), validate=True)


def next_minor(version: Version) -> Version:
    return Version(f"{version.major}.{version.minor + 1}")


@pytest.mark.parametrize("package", PACKAGES)
def test_metadata_are_valid_and_those_of_the_source_archive(dist: Path, package: str) -> None:
    found = metadata_of(dist, package)
    assert found.description
    assert found.description_content_type == "text/markdown"
    assert not re.findall(r"\]\((?!https?://)", found.description)  # dead on a package index
    assert found.license_expression == "Apache-2.0"
    assert not [each for each in found.requires_dist or () if each.url]
    (source,) = dist.glob(f"{package}-*.tar.gz")
    with tarfile.open(source) as archive:
        text = archive.extractfile(f"{source.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert text is not None
        assert Metadata.from_email(text.read(), validate=True).as_rfc822().as_bytes() == found.as_rfc822().as_bytes()


@pytest.mark.parametrize("package", PACKAGES)
def test_wheel_holds_the_bytes_of_the_checkout(dist: Path, package: str) -> None:
    """`uv build` makes the wheel from the source archive: nothing is lost or changed on the way."""
    (wheel,) = dist.glob(f"{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [each for each in archive.namelist() if each.startswith(f"{package}/") and each != "tlzoo/index.toml"]
        assert names
        folder = PACKAGES[package].parent
        assert [each for each in names if archive.read(each) != (folder / each).read_bytes()] == []


def test_all_distributions_have_one_version_and_plugins_take_its_minor_alone(dist: Path) -> None:
    found = {package: metadata_of(dist, package) for package in PACKAGES}
    (version,) = {each.version for each in found.values()}
    assert str(version) == tlzoo.__version__
    assert (version.major, version.minor) == Version(API_VERSION).release[:2]
    for package in found.keys() - {"tlzoo"}:
        (pin,) = (each.specifier for each in found[package].requires_dist or () if each.name == "tlzoo")
        assert version in pin
        assert next_minor(version) not in pin
        registry = tomllib.loads((PACKAGES[package] / "registry.toml").read_text("utf-8"))
        api = SpecifierSet(registry["api"])
        assert version in api
        assert next_minor(version) not in api


def test_changelog_and_upgrade_page_are_of_this_version() -> None:
    version = Version(tlzoo.__version__)
    first = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert first is not None
    assert re.fullmatch(rf"{re.escape(str(version))}, (unreleased|\d{{4}}-\d\d-\d\d)", first[1])
    page = (ROOT / f"docs/reference/migrating-to-{version.major}.{version.minor}.md").read_text("utf-8")
    assert page.startswith(f"# Migrating to {version.major}.{version.minor}\n")
