"""A wheel is refused where its files would land elsewhere, replace another's, or run unasked."""

from __future__ import annotations

import sysconfig
import zipfile
from pathlib import Path

import pytest

from tlzoo.errors import InstallError, RegistryError
from tlzoo.plugins.installation.wheel_files import refuse_replacements
from tlzoo.plugins.installation.wheels import read_wheel

REGISTRY = 'format = 1\nplugin = "acme-pets"\napi = ">=0.2,<0.3"\nnamespaces = ["acme-pets"]\n'
INFO = "acme_pets-1.0.dist-info"
FILES = {
    "acme_pets/__init__.py": "",
    "acme_pets/plugin.py": "",
    "acme_pets/registry.toml": REGISTRY,
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: acme-pets\nVersion: 1.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\n",
    f"{INFO}/entry_points.txt": "[tlzoo.plugins]\nacme = acme_pets.plugin\n",
}


def wheel(folder: Path, *more: str, **changed: str) -> Path:
    path = folder / "acme_pets-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, changed.get(Path(name).stem, text))
        for name in more:
            archive.writestr(name, "")
    return path


def test_a_plain_wheel_is_read(tmp_path: Path) -> None:
    read = read_wheel(wheel(tmp_path, "acme_pets-1.0.data/scripts/pets", "acme_pets-1.0.data/data/share/pets.txt"))
    assert (read.name, read.version, read.module) == ("acme-pets", "1.0", "acme_pets.plugin")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.py", "leads out of its installation folder"),
        ("acme_pets/../../outside.py", "leads out of its installation folder"),
        ("/etc/cron.d/acme", "leads out of its installation folder"),
        ("acme_pets\\..\\outside.py", "leads out of its installation folder"),
        ("C:/outside.py", "leads out of its installation folder"),
        ("acme_pets//plugin.py", "leads out of its installation folder"),
        ("tlzoo/errors.py", "belongs to tlzoo"),
        ("keras.py", "belongs to keras"),
        ("acme.pth", "would run at every start of Python"),
        ("sitecustomize.py", "would run at every start of Python"),
        ("usercustomize/__init__.py", "would run at every start of Python"),
        ("numpy-9.dist-info/METADATA", "folders of metadata instead of one"),
        ("numpy-9.dist-info/RECORD", "is metadata of another distribution"),
        ("acme_pets-1.0.data/purelib/tlzoo/errors.py", "would be installed outside the folder of packages"),
        ("acme_pets-1.0.data/data/lib/python3.11/site.py", "would be installed outside the folder of packages"),
        ("acme_pets/PLUGIN.py", "occurs 2 times"),
    ],
)
def test_a_file_out_of_place_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(InstallError, match=reason):
        read_wheel(wheel(tmp_path, name))


@pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "a\\outside", ".."])
@pytest.mark.parametrize("section", ["console_scripts", "gui_scripts"])
def test_a_script_out_of_place_is_refused(tmp_path: Path, section: str, name: str) -> None:
    points = f"{FILES[INFO + '/entry_points.txt']}[{section}]\n{name} = acme_pets:main\n"
    with pytest.raises(InstallError, match="leads out of its installation folder"):
        read_wheel(wheel(tmp_path, entry_points=points))


def test_a_script_of_another_distribution_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda scheme: str(tmp_path / scheme))
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "tlzoo").touch()
    points = f"{FILES[INFO + '/entry_points.txt']}[console_scripts]\npets = acme_pets:main\n"
    refuse_replacements(read_wheel(wheel(tmp_path, entry_points=points)).files, "acme.whl", "acme-pets")
    for read in (
        read_wheel(wheel(tmp_path, entry_points=f"{points}tlzoo = acme_pets:main\n")),
        read_wheel(wheel(tmp_path, "acme_pets-1.0.data/scripts/tlzoo")),
    ):
        with pytest.raises(InstallError, match=r"would replace .*/scripts/tlzoo"):
            refuse_replacements(read.files, "acme.whl", "acme-pets")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"METADATA": "Name: other\nVersion: 1.0\n"}, "its name is 'other'"),
        ({"entry_points": "[tlzoo.plugins]\nacme = ../plugin\n"}, "is not a valid module"),
        ({"entry_points": "[console_scripts]\nacme = acme_pets:main\n"}, "has no entry point in the group"),
    ],
)
def test_metadata_that_contradict_themselves_are_refused(tmp_path: Path, changed: dict[str, str], reason: str) -> None:
    with pytest.raises(InstallError, match=reason):
        read_wheel(wheel(tmp_path, **changed))


def test_a_registry_with_several_problems_names_the_wheel_and_no_folder_of_ours(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as refused:
        read_wheel(wheel(tmp_path, registry=REGISTRY + "namespace = 3\nplugins = 4\n"))
    said = str(refused.value)
    assert said.startswith("acme_pets-1.0-py3-none-any.whl/acme_pets/registry.toml: ")
    assert said.endswith("(and 1 more)")
    assert "tmp" not in said


@pytest.mark.parametrize("name", [INFO + "/METADATA", "acme_pets/registry.toml", INFO + "/entry_points.txt"])
def test_a_wheel_with_a_damaged_member_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "acme_pets-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, text in FILES.items():
            archive.writestr(each, text)
        at = archive.getinfo(name).header_offset + 30 + len(name)
    content = bytearray(path.read_bytes())
    content[at : at + 8] = b"\xff" * 8
    path.write_bytes(bytes(content))
    with pytest.raises(InstallError, match="is not a readable wheel"):
        read_wheel(path)


def test_a_file_of_another_distribution_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "shared.py").touch()
    refuse_replacements(["acme_pets/plugin.py"], "acme.whl", "acme-pets")
    with pytest.raises(InstallError, match=r"would replace .*shared\.py"):
        refuse_replacements(["shared.py"], "acme.whl", "acme-pets")
