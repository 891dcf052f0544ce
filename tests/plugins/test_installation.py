"""Installing and removing plugins: small real wheels, real throw-away environments, the real command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import tlzoo

HEAD = 'format = 1\nplugin = "{name}"\nrequirement = "{name}"\napi = "{api}"\nnamespaces = ["{namespace}"]\n'
ENTRY = """
[entries."{namespace}/net.pets"]
summary = "An entry made for a test"
modality = "vision"
loader = "tiny"
licence = "Apache-2.0"
files.weights.source = "package:{package}/weights.h5"
input.kind = "image"
input.size = [32, 32]
features.kind = "map"
"""
BACKEND = """
import shutil, pathlib


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    (wheel,) = pathlib.Path(__file__).parent.glob("*.whl")
    shutil.copy(wheel, wheel_directory)
    return wheel.name
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environments"),
]


def make_wheel(
    folder: Path,
    name: str = "acme-pets",
    *,
    version: str = "1.0",
    body: str = "",
    api: str = ">=0.2,<0.3",
    namespace: str | None = None,
    group: str = "tlzoo.plugins",
) -> Path:
    """Write a plugin's wheel by hand: a package, its registry, and the four files of metadata."""
    package, claimed = name.replace("-", "_"), namespace or name
    info = f"{package}-{version}.dist-info"
    files = {
        f"{package}/__init__.py": "",
        f"{package}/plugin.py": body,
        f"{package}/registry.toml": HEAD.format(name=name, api=api, namespace=claimed)
        + ENTRY.format(namespace=claimed, package=package),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[{group}]\n{name} = {package}.plugin\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return path


class Elsewhere:
    """An environment of its own, which finds tlzoo and what it needs where this one has them."""

    def __init__(self, folder: Path, compiled_registries: Path | None = None, *, pip: bool) -> None:
        self.folder = folder / "environment"
        if compiled_registries is not None:
            shutil.copytree(compiled_registries, folder / "cache" / "registries")
        make = ["-m", "venv", str(self.folder)] if pip else None
        command = (
            [sys.executable, *make] if make else ["uv", "venv", "--quiet", "--python", sys.executable, str(self.folder)]
        )
        subprocess.run(
            command, check=True, env={key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
        )
        (self.site / "here.pth").write_text(
            f"{sysconfig.get_path('purelib')}\n{Path(tlzoo.__file__).parent.parent}\n", encoding="utf-8"
        )
        self.environment = {
            **os.environ,
            "TLZOO_CACHE": str(folder / "cache"),
            "TLZOO_SETTINGS": str(folder / "settings"),
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_OFFLINE": "1",
        }
        self.environment.pop("VIRTUAL_ENV", None)

    @property
    def site(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def tlzoo(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command line in it; fail unless it exits with ``code``."""
        done = subprocess.run(
            [self.folder / "bin" / "python", "-m", "tlzoo.cli", *map(str, words)],
            env=self.environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == code, done.stderr + done.stdout
        return done

    def plugins(self) -> dict[str, str]:
        rows = json.loads(self.tlzoo("plugins", "list", "--json").stdout)
        return {row["name"]: row["status"] for row in rows if row["name"].startswith("acme")}


@pytest.fixture
def elsewhere(tmp_path: Path, compiled_registries: Path) -> Elsewhere:
    return Elsewhere(tmp_path, compiled_registries, pip=False)


def test_a_wheel_is_installed_used_and_removed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    done = elsewhere.tlzoo("plugins", "install", wheel, "--yes", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["name"], row["version"], row["status"]) == ("acme-pets", "1.0", "ok")
    assert "not in the index: its code runs with your permissions" in done.stderr
    assert " ".join(row["command"]) in done.stderr
    assert elsewhere.plugins() == {"acme-pets": "ok"}
    (entry,) = json.loads(elsewhere.tlzoo("list", "acme-pets/*", "--json").stdout)
    assert entry["installed"]
    (row,) = json.loads(elsewhere.tlzoo("plugins", "uninstall", "acme_pets", "--yes", "--json").stdout)
    assert row["status"] == "removed"
    assert elsewhere.plugins() == {}
    assert not list((tmp_path / "settings").rglob("*.whl"))


def test_a_dry_run_shows_the_command_and_changes_nothing(elsewhere: Elsewhere, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    (row,) = json.loads(elsewhere.tlzoo("plugins", "install", wheel, "--dry-run", "--json").stdout)
    assert (row["status"], row["command"][1:3]) == ("not installed", ["pip", "install"])
    assert elsewhere.plugins() == {}
    assert not (tmp_path / "settings").exists()


def test_nothing_is_installed_where_nobody_can_be_asked(elsewhere: Elsewhere, tmp_path: Path) -> None:
    done = elsewhere.tlzoo("plugins", "install", make_wheel(tmp_path / "wheels"), code=2)
    assert "this is not a terminal; add --yes" in done.stderr
    assert elsewhere.plugins() == {}


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"api": ">=7"}, 3, "acme-pets 1.0 cannot be installed: it is made for plugin API >=7, but"),
        ({"namespace": "keras"}, 3, "claims the namespace 'keras', which belongs to 'tlzoo-vision'"),
        ({"group": "console_scripts"}, 1, "has no entry point in the group tlzoo.plugins"),
        ({"name": "tlzoo"}, 3, "this is tlzoo itself"),
    ],
)
def test_an_unsuitable_wheel_is_refused_before_it_is_installed(
    elsewhere: Elsewhere, tmp_path: Path, changes: dict[str, str], code: int, reason: str
) -> None:
    done = elsewhere.tlzoo("plugins", "install", make_wheel(tmp_path / "wheels", **changes), "--yes", code=code)
    assert reason in done.stderr
    assert elsewhere.plugins() == {}


@pytest.mark.parametrize(
    ("word", "code", "reason"),
    [
        ("tlzoo-visoin", 3, "no plugin 'tlzoo-visoin' in the index; did you mean 'tlzoo-vision'?"),
        ("absent-1.0-py3-none-any.whl", 1, "no wheel 'absent-1.0-py3-none-any.whl'"),
        ("https://example.org/acme.whl", 2, "download and inspect it first"),
        ("git+http://example.org/acme", 2, "is not a supported git URL"),
        ("./empty/", 1, "has no pyproject.toml"),
    ],
)
def test_words_that_mean_no_plugin(
    elsewhere: Elsewhere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, code: int, reason: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert reason in elsewhere.tlzoo("plugins", "install", word, "--yes", code=code).stderr


def test_a_file_that_is_not_a_wheel(elsewhere: Elsewhere, tmp_path: Path) -> None:
    (tmp_path / "acme-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 no more than that")
    done = elsewhere.tlzoo("plugins", "install", tmp_path / "acme-1.0-py3-none-any.whl", "--yes", code=1)
    assert "is not a readable wheel" in done.stderr


def test_one_that_cannot_be_imported_is_not_called_ok_and_can_be_removed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels", body="def (")
    done = elsewhere.tlzoo("plugins", "install", wheel, "--yes", "--json", code=3)
    (row,) = json.loads(done.stdout)
    assert (row["status"], row["fix"]) == ("broken", "upgrade or uninstall 'acme-pets'")
    assert "acme-pets is installed but cannot be used (broken): SyntaxError: " in done.stderr
    (entry,) = json.loads(elsewhere.tlzoo("list", "acme-pets/*", "--json").stdout)
    assert not entry["installed"]
    assert elsewhere.plugins() == {"acme-pets": "broken"}
    elsewhere.tlzoo("plugins", "uninstall", "acme-pets", "--yes")
    assert elsewhere.plugins() == {}


def test_sync_brings_back_what_an_upgrade_lost(elsewhere: Elsewhere, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels")
    elsewhere.tlzoo("plugins", "install", wheel, "--yes")
    wheel.unlink()
    for each in elsewhere.site.glob("acme_pets*"):
        shutil.rmtree(each)
    assert elsewhere.plugins() == {}
    elsewhere.tlzoo("plugins", "sync", "--yes")
    assert elsewhere.plugins() == {"acme-pets": "ok"}
    assert elsewhere.tlzoo("plugins", "sync", "--json").stdout == "[]\n"


def test_sync_refuses_a_kept_wheel_that_has_changed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.tlzoo("plugins", "install", make_wheel(tmp_path / "wheels"), "--yes")
    (kept,) = (tmp_path / "settings").rglob("*.whl")
    shutil.copy(make_wheel(tmp_path / "others", body="print('evil')"), kept)
    for each in elsewhere.site.glob("acme_pets*"):
        shutil.rmtree(each)
    assert "differs from the installed wheel" in elsewhere.tlzoo("plugins", "sync", "--yes", code=4).stderr
    assert elsewhere.plugins() == {}


def make_project(folder: Path) -> Path:
    """Write a plugin's folder whose build backend lies in it, so that building needs no network."""
    make_wheel(folder)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "acme-pets"\nversion = "1.0"\n'
    )
    return folder


def test_a_folder_is_built_and_installed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    elsewhere.tlzoo("plugins", "install", make_project(tmp_path / "project"), "--yes")
    assert elsewhere.plugins() == {"acme-pets": "ok"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_git_repository_is_built_at_its_revision(elsewhere: Elsewhere, tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    (project / "pyproject.toml").write_text("broken since")
    subprocess.run([*git, "commit", "-qam", "two"], check=True)
    elsewhere.tlzoo("plugins", "install", f"git+file://{project}@v1", "--yes")
    assert elsewhere.plugins() == {"acme-pets": "ok"}


def test_a_name_of_the_index_is_installed_if_it_has_the_promised_hash(
    tmp_path: Path, compiled_registries: Path
) -> None:
    import hashlib

    elsewhere = Elsewhere(tmp_path, compiled_registries, pip=True)
    wheel = make_wheel(tmp_path / "wheels")
    index = tmp_path / "index.toml"
    elsewhere.environment |= {"TLZOO_REGISTRY": str(index), "PIP_FIND_LINKS": str(tmp_path / "wheels")}

    def install(digest: str, code: int) -> str:
        index.write_text(
            'format = 1\n[plugins.acme-pets]\nrequirement = "acme-pets==1.0"\napi = ">=0.1"\n'
            f'namespaces = ["acme-pets"]\nhash = "sha256:{digest}"\n[entries]\n'
        )
        return elsewhere.tlzoo("plugins", "install", "acme.pets", "--yes", code=code).stderr

    assert "but the index has 000" in install("0" * 64, 4)
    assert elsewhere.plugins() == {}
    assert "hash matches the index" in install(hashlib.sha256(wheel.read_bytes()).hexdigest(), 0)
    assert elsewhere.plugins() == {"acme-pets": "ok"}


def test_the_core_is_not_removed(elsewhere: Elsewhere) -> None:
    assert "cannot uninstall itself" in elsewhere.tlzoo("plugins", "uninstall", "tlzoo", "--yes", code=2).stderr
