"""One line and an exit code for everything that goes wrong; help and version without importing anything heavy."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tlzoo.cli
from tlzoo.cli.commands import COMMANDS

HEAVY = {"tensorflow", "keras", "numpy", "rich", "pydantic", "pluggy", "tlzoo.builtin", "tlzoo_vision"}


def imported_by(environment: dict[str, str], *words: str) -> set[str]:
    """Return the modules that a command imports."""
    script = (
        "import sys\n"
        "from tlzoo.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
    )
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [(), ("--version",), ("--help",), ("list", "--help"), ("train", "--help")])
def test_help_and_version_import_nothing_heavy(distributions, words: tuple[str, ...]) -> None:
    assert not imported_by(distributions.environment, *words) & {"tensorflow", "keras"}


def test_listing_imports_neither_tensorflow_nor_pydantic_nor_rich_nor_plugins(distributions) -> None:
    distributions.add("acme", "raise AssertionError", entries=("acme/net.pets",))
    distributions.tlzoo("list")  # compiles
    assert not imported_by(distributions.environment, "list", "--json", "--where", "params < 3M") & HEAVY


def test_showing_imports_no_plugin(distributions) -> None:
    distributions.add("acme", "raise AssertionError", entries=("acme/net.pets",))
    distributions.tlzoo("list")
    assert not imported_by(distributions.environment, "show", "acme/net.pets", "--json") & HEAVY


def test_the_version_is_printed(distributions) -> None:
    assert distributions.tlzoo("--version").stdout.startswith("tlzoo 0.")


def test_every_command_has_its_module() -> None:
    folder = Path(tlzoo.cli.__file__).parent / "commands"
    assert not [
        name for name, (module, _) in COMMANDS.items() if not (folder / f"{module.partition(':')[0]}.py").is_file()
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(distributions, command: str) -> None:
    shown = distributions.tlzoo(command, "--help").stdout
    assert shown.startswith(f"usage: tlzoo {command}")
    assert "example:\n  tlzoo " in shown


def test_a_command_is_needed(distributions) -> None:
    assert "commands:" in distributions.tlzoo(code=2).stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("lst",), 2, "no command 'lst'; did you mean 'list'?; see `tlzoo --help`"),
        (
            ("list", "--jso"),
            2,
            "unrecognized arguments: --jso; did you mean '--json' or '--sort'?; see `tlzoo list --help`",
        ),
        (("--jso", "list"), 2, "unrecognized arguments: --jso; see `tlzoo --help`"),
        (("show",), 2, "the following arguments are required: ENTRY; see `tlzoo show --help`"),
        (("list", "--where", "parms < 3"), 2, "where 'parms < 3', at character 1: no field 'parms'; did you mean"),
        (("list", "--columns", "id,prams"), 2, "no field 'prams'; did you mean 'params'"),
        (("show", "glifnet"), 3, "no entry 'glifnet'; did you mean 'vision/glyphnet.glyphs'?"),
    ],
)
def test_errors_are_reported_in_one_line(distributions, words: tuple[str, ...], code: int, said: str) -> None:
    done = distributions.tlzoo(*words, code=code)
    assert done.stdout == ""
    assert done.stderr.startswith(f"tlzoo: {said}")
    assert done.stderr.count("\n") == 1


def test_traceback_shows_where_an_error_comes_from(distributions) -> None:
    assert "Traceback" not in distributions.tlzoo("show", "zzz", code=3).stderr
    assert "Traceback" in distributions.tlzoo("show", "zzz", "--traceback", code=3).stderr


def test_without_plugins_theirs_are_not_installed(distributions) -> None:
    done = distributions.tlzoo("--no-plugins", "list", "glyphnet")
    assert " plugin missing\n" in done.stdout
    assert "1 from the plugin tlzoo-vision, disabled" in done.stderr


def test_a_former_id_is_warned_of_in_one_line(distributions) -> None:
    distributions.add("acme", entries=("acme/net.pets",), more='aliases = ["acme/old.pets"]\n')
    done = distributions.tlzoo("show", "acme/old.pets")
    assert done.stdout.startswith("acme/net.pets\n")
    assert done.stderr == "tlzoo: warning: 'acme/old.pets' is now called 'acme/net.pets'\n"


def test_closing_a_pipe_early_is_not_an_error(distributions) -> None:
    distributions.add("acme", entries=tuple(f"acme/net-{number}.pets" for number in range(2000)))
    distributions.tlzoo("list", "nothing")
    command = [sys.executable, "-m", "tlzoo.cli", "list", "--json"]
    with subprocess.Popen(
        command, env=distributions.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 0
        assert process.stderr.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_an_interruption_is_one_line_and_130(distributions) -> None:
    def sleeping() -> None:
        import time

        print("loading", flush=True)  # noqa: T201 - the test waits for it
        time.sleep(60)

    distributions.add("acme", sleeping)
    command = [sys.executable, "-m", "tlzoo.cli", "plugins", "list"]
    with subprocess.Popen(
        command, env=distributions.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == "loading\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read() == "tlzoo: interrupted\n"
        assert process.stdout.read() == ""


class OddError(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt, RuntimeError("two\nlines"), BrokenPipeError, SystemExit(0), OddError]
)
def test_main_reports_errors_of_commands(monkeypatch, capfd, error) -> None:
    from tlzoo.cli.commands import show

    def run(_: object) -> None:
        raise error

    monkeypatch.setattr(show, "run", run)
    code = tlzoo.cli.main(["show", "x"])
    said = capfd.readouterr().err
    expected = {
        KeyboardInterrupt: (130, "tlzoo: interrupted\n"),
        BrokenPipeError: (0, ""),
        OddError: (1, "tlzoo: OddError; this should not happen: `--traceback` shows where\n"),
    }.get(error, (1, "tlzoo: RuntimeError: two lines; this should not happen: `--traceback` shows where\n"))
    if isinstance(error, SystemExit):
        expected = (1, "tlzoo: a plugin or library exited the command (SystemExit: 0); use --traceback to see where\n")
    assert (code, said) == expected


def test_main_can_be_called_again(distributions, capfd) -> None:
    for _ in range(2):
        assert tlzoo.cli.main(["list", "--json", "no such entry"]) == 0
    assert capfd.readouterr().out == "[]\n[]\n"
