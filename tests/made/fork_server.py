"""A process that has imported TensorFlow and tlzoo, and runs each Python command line in a fork of itself.

A test that needs a process of its own gets a real one (own exit code, output, signals, memory) without the seconds that
importing TensorFlow costs. TensorFlow starts its threads with its first operation, and a fork after that hangs: the
server imports and never runs anything.

A request is one JSON object (``argv``, ``cwd``, ``environment``) with the file descriptors of stdin, stdout and stderr.
The server answers with the process id, then with the wait status once the process has ended. While a connection is
open, its process is not reaped: a process id stays valid for whoever wants to kill it.
"""

from __future__ import annotations

import array
import io
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ADDRESS = "TLZOO_TESTS_FORK_SERVER"
SUPPORTED = sys.platform == "linux" and hasattr(os, "pidfd_open")
MOST_BYTES = 4_000_000
CLIENT = """\
#!{python} -SEI
import array, json, os, signal, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["{address}"])
request = {{"argv": {words} + sys.argv[1:], "cwd": os.getcwd(), "environment": dict(os.environ)}}
body = json.dumps(request).encode() + b"\\n"
rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))
sent = connection.sendmsg([body], [rights])
connection.sendall(body[sent:])
answers = connection.makefile()
process = int(answers.readline())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: os.kill(process, number))
code = os.waitstatus_to_exitcode(int(answers.readline()))
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@dataclass
class Process:
    """A command line that runs in a fork; ``wait`` returns its exit code, or minus the signal that ended it."""

    pid: int
    connection: socket.socket
    code: int | None = None

    def wait(self) -> int:
        """Wait for the end of the process."""
        if self.code is None:
            with self.connection, self.connection.makefile() as answers:
                self.code = os.waitstatus_to_exitcode(int(answers.readline()))
        return self.code

    def kill(self, number: int) -> None:
        """Send a signal, unless the end of the process was waited for already."""
        if self.code is None:
            os.kill(self.pid, number)


@dataclass
class ForkServer:
    """A running server, and the folder with its socket and with programs for shell scripts."""

    folder: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(cls) -> ForkServer:
        """Start a server; its socket is in a folder of its own, as the names of sockets are short."""
        folder = Path(tempfile.mkdtemp(prefix="fork-server-"))
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
        command = [sys.executable, __file__, str(folder / "socket")]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        server = cls(folder, process)
        for name, words in (("python", []), ("tlzoo", ["-m", "tlzoo.cli"])):
            program = folder / "programs" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(CLIENT.format(python=sys.executable, address=ADDRESS, words=words))
            program.chmod(0o755)
        return server

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, where ``python`` and ``tlzoo`` are forks of the server."""
        path = f"{self.folder / 'programs'}{os.pathsep}{os.environ['PATH']}"
        return os.environ | {"PATH": path, ADDRESS: str(self.folder / "socket")}

    def begin(
        self,
        argv: Sequence[str | Path],
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a command line: what follows ``python``, such as ``["-m", "tlzoo.cli", "list"]``."""
        request = {
            "argv": [str(word) for word in argv],
            "cwd": str(cwd or Path.cwd()),
            "environment": dict(os.environ if env is None else env),
        }
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.folder / "socket"))
        null = os.open(os.devnull, os.O_RDWR)
        try:
            files = [null if each is None else each for each in (stdin, stdout, stderr)]
            body = json.dumps(request).encode() + b"\n"
            sent = socket.send_fds(connection, [body], files)
            connection.sendall(body[sent:])
        finally:
            os.close(null)
        return Process(int(_line(connection)), connection)

    def run(self, argv: Sequence[str | Path], **more: Any) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end, with its output as text."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self.begin(argv, stdout=out.fileno(), stderr=err.fileno(), **more).wait()
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(io.TextIOWrapper(io.BytesIO(stream.read()), "utf-8").read())
        return subprocess.CompletedProcess(list(map(str, argv)), code, *texts)

    def stop(self) -> None:
        """End the server, and remove its folder."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        for path in (*self.folder.glob("programs/*"), self.folder / "socket"):
            path.unlink(missing_ok=True)
        (self.folder / "programs").rmdir()
        self.folder.rmdir()


@pytest.fixture(scope="session")
def fork_server() -> Any:
    """The server of this test process, started when a test first needs it."""
    if not SUPPORTED:
        pytest.skip("forking a process that has imported TensorFlow needs Linux and its pidfd_open")
    server = ForkServer.start()
    yield server
    server.stop()


def serve(address: str) -> None:
    """Serve until stdin is closed."""
    _import_everything()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    selector = selectors.DefaultSelector()
    selector.register(0, selectors.EVENT_READ, None)
    selector.register(listener, selectors.EVENT_READ, None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, _ in selector.select():
            if key.fileobj == 0:
                return
            if key.fileobj is listener:
                connection = listener.accept()[0]
                request, files = _received(connection)
                child = os.fork()
                if child == 0:
                    selector.close()
                    listener.close()
                    connection.close()
                    _become(request, files)
                for file in files:
                    os.close(file)
                connection.sendall(f"{child}\n".encode())
                selector.register(os.pidfd_open(child), selectors.EVENT_READ, (child, connection))
            else:
                _report(selector, key)


def _report(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    child, connection = key.data
    selector.unregister(key.fileobj)
    os.close(key.fd)
    status = os.waitpid(child, 0)[1]
    with connection:
        try:
            connection.sendall(f"{status}\n".encode())
        except OSError:
            return  # whoever asked has gone


def _line(connection: socket.socket) -> bytes:
    """Read one line, byte by byte: what follows it belongs to the next reader."""
    line = b""
    while not line.endswith(b"\n"):
        line += connection.recv(1)
    return line


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    body, rights, _, _ = connection.recvmsg(MOST_BYTES, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    files = array.array("i")
    for _, _, data in rights:
        files.frombytes(data)
    while not body.endswith(b"\n"):
        body += connection.recv(MOST_BYTES)
    return json.loads(body), list(files)


def _import_everything() -> None:
    """Import what commands of tlzoo import, and run none of it."""
    import pkgutil
    from importlib import import_module

    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    for name in ("tensorflow", "keras", "sklearn.linear_model", "scipy.stats", "matplotlib.figure", "jinja2", "h5py"):
        import_module(name)
    for package in ("tlzoo", "tlzoo_vision", "tlzoo_text", "tlzoo_rl"):
        try:
            root = import_module(package)
        except ImportError:
            continue
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                try:
                    import_module(module.name)
                except ImportError:  # it needs what is not installed, such as a plugin's extra
                    continue


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Turn this fork into the process that was asked for."""
    import atexit

    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, max(files) + 1)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    extra = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.path[:] = [*extra, *(each for each in sys.path[1:] if each not in extra)]
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, errors="backslashreplace", buffering=1)
    code = 1
    try:
        code = _exit_code(request["argv"])
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                code = code or 120
        os._exit(code)


def _exit_code(argv: list[str]) -> int:
    import traceback

    try:
        _execute(argv)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException as error:  # noqa: BLE001 - Python prints what nobody caught, and so does this
        traceback.print_exc()
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _execute(argv: list[str]) -> None:
    """Run ``-m MODULE``, ``-c CODE``, ``-`` (code on stdin) or a file, with what follows as its arguments."""
    import runpy

    first, *rest = argv
    if first == "-m":
        sys.path.insert(0, str(Path.cwd()))
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first in {"-c", "-"}:
        sys.path.insert(0, "")
        code, sys.argv = (rest[0], ["-c", *rest[1:]]) if first == "-c" else (sys.stdin.read(), argv)
        main = type(sys)("__main__")
        sys.modules["__main__"] = main
        exec(compile(code, "<string>", "exec"), main.__dict__)
    else:
        sys.path.insert(0, str(Path(first).resolve().parent))
        sys.argv = argv
        runpy.run_path(first, run_name="__main__")


if __name__ == "__main__":
    serve(sys.argv[1])
