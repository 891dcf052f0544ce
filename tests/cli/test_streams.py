"""stdout has results and nothing else; whatever is written is printable; a stream that fails is reported."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from made_registries import entry_text

import tlzoo.cli
from tlzoo.cli import output
from tlzoo.cli.progress import progress_for
from tlzoo.cli.streams import command_streams

TLZOO = (sys.executable, "-m", "tlzoo")
HOSTILE = "net\x1b]0;owned\x07 \u202egnp.exe\u2066 \u200b\x9b31m"
SHOWN = r"net\x1b]0;owned\x07 \u202egnp.exe\u2066 \u200b\x9b31m"


def prints_everywhere() -> None:
    import os
    import subprocess
    import sys

    from tlzoo.plugins import hookimpl

    print("printed while it is imported")  # noqa: T201 - plugins do

    @hookimpl
    def tlzoo_scores():
        print("printed by a hook")  # noqa: T201
        sys.__stdout__.write("written to the original stdout\n")
        sys.__stdout__.flush()
        os.write(1, b"written to the descriptor\n")
        subprocess.run(["echo", "written by a child"], check=True)
        return {"luck": len}


def test_output_of_a_plugin_is_not_in_the_result(distributions) -> None:
    distributions.add("acme", prints_everywhere)
    done = distributions.tlzoo("scores", "--json")
    assert "luck" in {row["name"] for row in json.loads(done.stdout)}
    said = done.stderr.splitlines()
    for line in (
        "printed while it is imported",
        "printed by a hook",
        "written to the original stdout",
        "written to the descriptor",
        "written by a child",
    ):
        assert line in said


@pytest.fixture
def hostile(distributions):
    """A plugin whose registry has control characters in its texts."""
    text = json.dumps(HOSTILE)[1:-1].replace("\x9b", r"\u009b")
    distributions.add("acme", more=entry_text("acme/net.pets", "acme", summary=text, licence=text))
    return distributions


def test_json_has_the_exact_text_and_no_control_character(hostile, capsys) -> None:
    assert tlzoo.cli.main(["list", "acme/*", "--json", "--columns", "id,licence"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == [{"id": "acme/net.pets", "licence": HOSTILE}]
    assert out.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words",
    [("list", "acme/*", "--columns", "id,licence,summary"), ("show", "acme/net.pets"), ("compare", "net", "glyphnet")],
)
def test_tables_and_cards_show_escapes(hostile, capsys, words: tuple[str, ...]) -> None:
    assert tlzoo.cli.main(list(words)) == 0
    out = capsys.readouterr().out
    assert SHOWN.split()[1] in out
    assert out.replace("\n", "").isprintable()


def test_an_error_shows_escapes(capsys) -> None:
    assert tlzoo.cli.main(["show", HOSTILE]) == 3
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_a_terminal_gets_colours_of_ours_and_escapes_of_theirs(hostile) -> None:
    parent, child = pty.openpty()
    command = [*TLZOO, "show", "acme/net.pets"]
    environment = {**hostile.environment, "TERM": "xterm-256color"}
    with subprocess.Popen(command, env=environment, stdout=child, stderr=subprocess.PIPE):
        os.close(child)
        shown = b""
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:
                break
            shown += part
            if not part:
                break
    os.close(parent)
    assert b"\x1b[1" in shown
    assert rb"net\x1b]0;owned\x07" in shown
    assert b"\x1b]0" not in shown
    assert "\u202e".encode() not in shown


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal with colours."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


FIGURES = "12 of /data/photos/a.png, 3.5e-4, True, None, 'a word', https://example.org, 0xff, f(x=1), [red]a[/red] [b]"


def test_a_note_in_a_terminal_has_no_colours_of_its_own(terminal: Terminal, monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal)
    progress_for(quiet=False).note(FIGURES)
    assert terminal.getvalue() == FIGURES + "\n"


def test_a_result_in_a_terminal_has_no_colours_of_its_own(terminal: Terminal, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdout", terminal)
    output.render(FIGURES)
    assert terminal.getvalue() == FIGURES + "\n"


def test_a_cell_with_a_line_feed_is_one_row(capsys) -> None:
    output.print_table(["name", "note"], [["cat", "good\ntlzoo: all is verified"], ["dog", "fine"]])
    assert capsys.readouterr().out.splitlines() == [
        "name  note",
        r"cat   good\ntlzoo: all is verified",
        "dog   fine",
    ]


def test_json_has_no_nan(capsys) -> None:
    output.print_json({"loss": float("nan"), "all": [float("inf"), 1.5]})
    assert json.loads(capsys.readouterr().out) == {"loss": None, "all": [None, 1.5]}


def test_a_name_that_is_not_utf8_survives_json(capsys) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    output.print_json([name])
    assert os.fsencode(json.loads(capsys.readouterr().out)[0]) == b"caf\xe9.jpg"


def test_no_command_writes_to_stdout_past_the_output_module() -> None:
    folder = Path(tlzoo.cli.__file__).parent
    for path in folder.rglob("*.py"):
        if path.name != "streams.py":
            assert "sys.stdout" not in path.read_text(encoding="utf-8"), path.name


def test_streams_are_put_back(capsys) -> None:
    before = sys.stdout, sys.stderr
    with command_streams():
        print("a note")  # noqa: T201
        output.print_line("a result")
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr() == ("a result\n", "a note\n")


CLOSED = "tlzoo: the result cannot be written: stdout is closed; redirect it, as in `> result.txt`\n"


def shell(redirected: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its streams redirected by a shell."""
    line = f'"$@" {redirected}'
    command = ["sh", "-c", line, "sh", *TLZOO, *words]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, encoding="latin-1", check=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("redirected", "words", "code", "err"),
    [
        (">/dev/full", ("list",), 1, "tlzoo: stdout cannot be written: No space left on device\n"),
        (">/dev/full", ("list", "--help"), 1, "tlzoo: stdout cannot be written: No space left on device\n"),
        (">&-", ("scores",), 1, CLOSED),
        ("2>&-", ("show", "nothing-like-it"), 3, ""),
        ("2>/dev/full", ("show", "nothing-like-it"), 3, ""),
    ],
)  # fmt: skip
def test_a_stream_that_cannot_be_written(redirected: str, words: tuple[str, ...], code: int, err: str) -> None:
    done = shell(redirected, *words)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", err)


def test_a_closed_stdin_is_not_prompted(tmp_path: Path) -> None:
    done = shell("<&-", "plugins", "uninstall", "tlzoo-text")
    assert done.returncode == 2
    assert "this is not a terminal" in done.stderr


def test_a_latin_1_terminal_gets_every_line() -> None:
    done = shell("", "show", "glyphnet", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "vision/glyphnet.glyphs" in done.stdout
