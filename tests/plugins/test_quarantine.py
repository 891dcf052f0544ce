"""One installed distribution, whatever its files or its code do, does not keep the others from being used."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import tlzoo.cli
from tlzoo.plugins import catalog, forget, plugins

GOOD = "good/net.pets"


def raises_keyboard_interrupt() -> None:
    raise KeyboardInterrupt


def raises_system_exit() -> None:
    raise SystemExit(0)


def raises_base_exception() -> None:
    class OddError(BaseException):
        pass

    raise OddError("odd")


def raises_when_asked() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_exporters():
        raise LookupError("no format today")


def raises_generator_exit_when_asked() -> None:
    from tlzoo.plugins import hookimpl

    @hookimpl
    def tlzoo_heads():
        raise GeneratorExit


def nested(folder: Path, _: Path) -> None:
    (folder / "registry.toml").write_text(f"a = {'[' * 5_000}{']' * 5_000}")


def not_toml(folder: Path, _: Path) -> None:
    (folder / "registry.toml").write_text("=")


def long_number(folder: Path, _: Path) -> None:
    (folder / "registry.toml").write_text(f"format = {'9' * 5_000}")


def registry_not_utf8(folder: Path, _: Path) -> None:
    (folder / "registry.toml").write_bytes(b'format = 1\nplugin = "caf\xe9"')


def large_registry(folder: Path, _: Path) -> None:
    with (folder / "registry.toml").open("wb") as stream:
        stream.truncate(20_000_001)


def metadata_not_utf8(_: Path, info: Path) -> None:
    (info / "METADATA").write_bytes(b"Metadata-Version: 2.4\nName: acme\nVersion: 1.0\nAuthor: Ren\xe9\n")


def points_not_utf8(_: Path, info: Path) -> None:
    (info / "entry_points.txt").write_bytes(b"# Ren\xe9\n[tlzoo.plugins]\nacme = acme.plugin\n")


def no_reference(_: Path, info: Path) -> None:
    (info / "entry_points.txt").write_text("[tlzoo.plugins]\nacme = !! not a module\n")


def no_equals_sign(_: Path, info: Path) -> None:
    (info / "entry_points.txt").write_text("[tlzoo.plugins]\nacme\n")


def record_not_utf8(_: Path, info: Path) -> None:
    (info / "RECORD").write_bytes(b"\xff\xfe,,\n")


FILES: list[tuple[Callable[[Path, Path], None], str | None]] = [
    (nested, "tables or arrays are nested too deeply"),
    (not_toml, "registry.toml: not TOML: "),
    (long_number, "registry.toml: not TOML: "),
    (registry_not_utf8, "registry.toml: not UTF-8: "),
    (large_registry, "registry.toml: has 20,000,001 bytes; a registry may have at most"),
    (metadata_not_utf8, "its METADATA is not UTF-8"),
    (points_not_utf8, "its entry_points.txt is not UTF-8"),
    (no_reference, "its entry point 'acme = !! not a module' is not a valid module"),
    (no_equals_sign, "its entry point 'acme' is not a valid module"),
    (record_not_utf8, None),
]


def run(capsys, *words: str) -> list[dict]:
    """Run a command that has to succeed; return its JSON."""
    forget()
    capsys.readouterr()
    assert tlzoo.cli.main([*words, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("spoil", "reason"), FILES, ids=lambda each: getattr(each, "__name__", ""))
def test_files_that_cannot_be_read_set_their_plugin_aside(distributions, capsys, monkeypatch, spoil, reason) -> None:
    package = distributions.add("acme", entries=("acme/net.pets",))
    spoil(package, distributions.folder / "acme-1.0.dist-info")
    distributions.add("good", entries=(GOOD,))
    rows = {row["name"]: row for row in run(capsys, "plugins", "list")}
    assert rows["good"]["status"] == "ok"
    assert (rows["acme"]["status"], rows["acme"]["error"] is None) == (("broken", False) if reason else ("ok", True))
    assert (reason or "") in (rows["acme"]["error"] or "")
    assert GOOD in {row["id"] for row in run(capsys, "list")}
    assert "linear" in {row["name"] for row in run(capsys, "heads")}
    monkeypatch.setenv("TLZOO_PLUGINS", "none")
    assert GOOD in {row["id"] for row in run(capsys, "--no-plugins", "list")}


CODE: list[tuple[Callable[[], None], str]] = [
    (raises_keyboard_interrupt, "KeyboardInterrupt"),
    (raises_system_exit, "SystemExit: 0"),
    (raises_base_exception, "OddError: odd"),
    (raises_when_asked, "tlzoo_exporters: LookupError: no format today"),
    (raises_generator_exit_when_asked, "tlzoo_heads: GeneratorExit"),
]


@pytest.mark.parametrize(("body", "reason"), CODE, ids=lambda each: getattr(each, "__name__", ""))
def test_code_that_raises_anything_sets_its_plugin_aside(distributions, capsys, body, reason: str) -> None:
    distributions.add("acme", body, entries=("acme/net.pets",))
    distributions.add("good", entries=(GOOD,))
    rows = {row["name"]: row for row in run(capsys, "plugins", "list")}
    assert (rows["acme"]["status"], rows["acme"]["error"]) == ("broken", reason)
    assert rows["good"]["status"] == "ok"
    assert "multi-step" in {row["name"] for row in run(capsys, "strategies")}
    installed = {row["id"]: row["installed"] for row in run(capsys, "list")}
    assert (installed[GOOD], installed["acme/net.pets"]) == (True, False)


def test_the_reason_is_in_the_diagnosis_with_its_traceback(distributions, monkeypatch) -> None:
    from tlzoo.zoo import diagnosis

    monkeypatch.setattr(diagnosis, "_tensorflow", lambda: {"error": None, "backend": "tensorflow", "devices": []})
    distributions.add("acme", raises_when_asked)
    found = diagnosis.diagnose()
    (row,) = [each for each in found["plugins"] if each["name"] == "acme"]
    assert "LookupError: no format today" in row["traceback"]
    assert any("the plugin acme cannot be used (broken): tlzoo_exporters" in each["what"] for each in found["problems"])


def test_an_interruption_by_the_user_is_not_the_plugins_fault(distributions) -> None:
    distributions.add("acme", f"import os, signal, time\nos.kill(os.getpid(), {int(signal.SIGINT)})\ntime.sleep(5)")
    with pytest.raises(KeyboardInterrupt):
        plugins().load("acme")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_distribution_cannot_take_the_place_of_the_core(distributions) -> None:
    distributions.add("acme", "raise AssertionError")
    info = distributions.folder / "acme-1.0.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: tlzoo\nVersion: 9\n")
    forget()
    assert catalog().plugins["tlzoo"].module == "tlzoo.builtin"
    assert catalog().plugins["tlzoo"].status == "ok"


def test_a_plugin_that_failed_is_listed_so_until_it_changes(distributions, capsys) -> None:
    folder = distributions.add("acme", "raise RuntimeError('no luck')", entries=("acme/net.pets",))
    assert run(capsys, "list", "acme/*")[0]["installed"]
    run(capsys, "plugins", "list")
    assert not run(capsys, "list", "acme/*")[0]["installed"]
    assert tlzoo.cli.main(["list", "acme/*"]) == 0
    assert "1 from the plugin acme, broken: RuntimeError: no luck" in capsys.readouterr().err
    (folder / "plugin.py").write_text("")
    assert run(capsys, "list", "acme/*")[0]["installed"]
    assert run(capsys, "plugins", "list", "acme")[0]["status"] == "ok"


@pytest.mark.parametrize("command", ["scores", "heads", "adapters"])
def test_a_listing_names_the_plugin_that_a_broken_hook_leaves_out(distributions, capsys, command: str) -> None:
    body = "from tlzoo.plugins import hookimpl\n@hookimpl\ndef tlzoo_{}():\n    raise RuntimeError('no luck')\n"
    distributions.add("acme", body.format({"adapters": "data_adapters"}.get(command, command)))
    forget()
    assert tlzoo.cli.main([command, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)
    assert "skipped plugin acme, broken: tlzoo_" in said.err
    assert "RuntimeError: no luck; upgrade or uninstall 'acme'" in said.err


def test_a_plugin_that_failed_is_tried_again_where_it_is_needed(distributions, monkeypatch) -> None:
    body = "import os\nfrom tlzoo.plugins import hookimpl\nos.environ['ACME_KEY']\n"
    distributions.add("acme", body + "@hookimpl\ndef tlzoo_scores():\n    return {'luck': len}\n")
    monkeypatch.delenv("ACME_KEY", raising=False)
    plugins().load("acme")
    forget()
    assert catalog().plugins["acme"].reason == "KeyError: 'ACME_KEY'"
    monkeypatch.setenv("ACME_KEY", "1")
    assert [each.name for each in plugins().registered("tlzoo_scores", plugin="acme")] == ["luck"]
    forget()
    assert catalog().plugins["acme"].status == "ok"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("def (", "SyntaxError"),
        ("import os\nos._exit(0)", "loading it ended Python with exit code 0"),
        (f"import os\nos.kill(os.getpid(), {int(signal.SIGKILL)})", "loading it ended Python with SIGKILL"),
        ("import time\ntime.sleep(60)", "loading it took more than 3 s"),
    ],
)
def test_a_plugin_that_exits_while_it_is_tried_does_not_end_this_process(
    distributions, monkeypatch, body, reason: str
) -> None:
    from tlzoo.plugins.installation import try_plugin

    distributions.add("acme", body)
    monkeypatch.setattr(os, "environ", {**os.environ})
    row = try_plugin("acme", seconds=3 if "sleep" in body else 60)
    assert row["status"] == "broken"
    assert reason in row["error"]


@pytest.mark.parametrize("spoil", [metadata_not_utf8, no_reference, no_equals_sign])
def test_a_runs_environment_is_described_next_to_odd_metadata(distributions, spoil) -> None:
    from tlzoo.runs.executing.environment import describe_environment

    spoil(distributions.add("acme"), distributions.folder / "acme-1.0.dist-info")
    distributions.add("good")
    forget()
    assert describe_environment()["plugins"]["good"] == "1.0"


def ended(work: Callable[[], object]) -> int:
    """Call a function in a fork of this process; return the exit code of the fork."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_plugin_that_ended_a_process_is_disabled_in_the_next_one(distributions, capsys, monkeypatch) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ})
    module = distributions.add("acme", "import os\nos._exit(7)", entries=("acme/net.pets",)) / "plugin.py"
    distributions.add("good", entries=(GOOD,))
    assert ended(lambda: plugins().load("acme")) == 7
    rows = {row["name"]: row for row in run(capsys, "plugins", "list")}
    assert (rows["acme"]["status"], rows["acme"]["error"]) == ("broken", "loading it ended Python with exit code 7")
    assert rows["good"]["status"] == "ok"
    assert not {row["id"]: row["installed"] for row in run(capsys, "list")}["acme/net.pets"]
    module.write_text("")
    assert {row["name"]: row["status"] for row in run(capsys, "plugins", "list")}["acme"] == "ok"


def test_a_plugin_that_ran_while_its_process_was_killed_is_not_called_broken(distributions, monkeypatch) -> None:
    from tlzoo.plugins.crashes import running_code_of, take_crash

    monkeypatch.setattr(os, "environ", {**os.environ})
    distributions.add("acme")

    def killed() -> None:
        with running_code_of("acme"):
            os.kill(os.getpid(), signal.SIGKILL)

    with running_code_of("acme"):
        assert not take_crash("acme"), "this process runs its code still"
    assert ended(killed) == -signal.SIGKILL
    forget()
    assert plugins().load("acme").usable
    assert not take_crash("acme")
