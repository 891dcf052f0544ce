"""A process that has imported TensorFlow and tlzoo, and runs each Python command line in a fork of itself.

A test that needs a process of its own gets a real one (own exit code, output, signals, memory) without the seconds that
importing TensorFlow costs. TensorFlow starts its threads with its first operation, and a fork after that hangs: the
server imports and never runs anything.

A request is one JSON object (``argv``, ``cwd``, ``environment``) with the file descriptors of stdin, stdout and stderr.
The server answers with the process id, then with the exit code (minus the signal that ended the process). A process is
reaped once the client has closed its connection, so until then its id is valid for signals. A client that goes away
first, such as one killed by ``kill -9 $!``, takes its process with it.
"""

from __future__ import annotations

import array
import gc
import io
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tiers

ADDRESS = "TLZOO_TESTS_FORK_SERVER"
SUPPORTED = sys.platform == "linux" and hasattr(os, "pidfd_open")
MOST_BYTES = 4_000_000
IMPORTED = (
    *("tensorflow", "keras", "h5py", "filelock", "jinja2", "PIL.ImageOps", "scipy.io", "scipy.stats"),
    *("sklearn.datasets", "sklearn.linear_model", "matplotlib.backends.backend_svg", "matplotlib.figure"),
)
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
code = int(answers.readline() or 1)
if code < 0:
    if -code not in (signal.SIGKILL, signal.SIGSTOP):
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
            with self.connection:
                self.code = int(_line(self.connection))
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
        command = [sys.executable, __file__, str(folder / "socket")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
                start_new_session=True,  # Ctrl-C in the terminal is for pytest
            )
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            log_text = (folder / "log").read_text(errors="replace")
            shutil.rmtree(folder)
            raise RuntimeError(f"the fork server did not start: {log_text[-2000:]}")
        server = cls(folder, process)
        script = Path(sysconfig.get_path("scripts"), "tlzoo")
        for name, words in (("python", []), ("tlzoo", [str(script)])):
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
        """End the server, its processes and its folder."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="session")
def fork_server() -> Any:
    """The server of this test process, started when a test first needs it."""
    if not SUPPORTED:
        pytest.skip("forking a process that has imported TensorFlow needs Linux and its pidfd_open")
    server = ForkServer.start()
    yield server
    server.stop()


def serve(address: str) -> None:
    """Serve until stdin is closed; then end what still runs, and remove the folder of the socket."""
    _import_everything()
    tiers.leave_graphs_as_traced()
    os.fsync = tiers.unsynced
    gc.freeze()  # else the first collections of each fork go through, and copy, all that was imported
    gc.set_threshold(*tiers.COLLECTED_AFTER)
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(address)
        listener.listen()
        selector.register(0, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        children: dict[int, _Child] = {}
        try:
            while True:
                for key, _ in selector.select():
                    if key.fileobj == 0:
                        return
                    if key.fileobj is listener:
                        connection = listener.accept()[0]
                        with suppress(OSError, ValueError):  # a client that has gone, or is none
                            child = _fork(connection, (selector, listener))
                            children[child.pid] = child
                            selector.register(child.descriptor, selectors.EVENT_READ, child)
                            selector.register(connection, selectors.EVENT_READ, child)
                            continue
                        connection.close()
                    elif key.data.pid in children:
                        _watch(key.data, selector, children, is_ended=key.fileobj is not key.data.connection)
        finally:
            for child in children.values():
                child.kill()
                os.waitpid(child.pid, 0)
            shutil.rmtree(Path(address).parent, ignore_errors=True)


@dataclass
class _Child:
    """A process of the server: its pidfd, and whether it has ended."""

    pid: int
    connection: socket.socket
    descriptor: int
    is_ended: bool = False

    def kill(self) -> None:
        """Kill the process and those that it started."""
        for kill in (os.killpg, os.kill):  # it leads a group of its own once it has begun
            with suppress(ProcessLookupError):
                kill(self.pid, signal.SIGKILL)


def _fork(connection: socket.socket, own: Sequence[Any]) -> _Child:
    request, files = _received(connection)
    pid = os.fork()
    if pid == 0:
        for each in (*own, connection):
            each.close()
        _become(request, files)
    for file in files:
        os.close(file)
    child = _Child(pid, connection, os.pidfd_open(pid))
    with suppress(OSError):  # its end is noticed when the connection is read
        connection.sendall(f"{pid}\n".encode())
    return child


def _watch(child: _Child, selector: selectors.BaseSelector, children: dict[int, _Child], *, is_ended: bool) -> None:
    """Send the exit code of a process that has ended; reap it once its client has gone, and kill it if need be."""
    if is_ended:
        found = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert found is not None
        code = found.si_status if found.si_code == os.CLD_EXITED else -found.si_status
        selector.unregister(child.descriptor)
        child.is_ended = True
        with suppress(OSError):
            child.connection.sendall(f"{code}\n".encode())
        return
    with suppress(OSError):
        if child.connection.recv(1):
            return
    if not child.is_ended:
        child.kill()
        selector.unregister(child.descriptor)
    selector.unregister(child.connection)
    child.connection.close()
    os.waitpid(child.pid, 0)
    os.close(child.descriptor)
    del children[child.pid]


def _line(connection: socket.socket) -> bytes:
    """Read one line, byte by byte: what follows it belongs to the next reader."""
    line = b""
    while not line.endswith(b"\n"):
        line += _some(connection, 1)
    return line


def _some(connection: socket.socket, size: int) -> bytes:
    found = connection.recv(size)
    if not found:
        raise ConnectionError("the other side has ended")
    return found


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    body, rights, _, _ = connection.recvmsg(MOST_BYTES, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    files = array.array("i")
    for _, _, data in rights:
        files.frombytes(data)
    try:
        while not body.endswith(b"\n"):
            body += _some(connection, MOST_BYTES)
        return json.loads(body), list(files)
    except BaseException:
        for file in files:
            os.close(file)
        raise


def _import_everything() -> None:
    """Import what commands of tlzoo import, and run none of it."""
    import pkgutil
    from importlib import import_module

    from PIL import Image

    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    for name in IMPORTED:
        import_module(name)
    Image.init()
    for package in ("tlzoo", "tlzoo_vision", "tlzoo_text", "tlzoo_rl"):
        try:
            root = import_module(package)
        except ImportError:
            continue
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not module.name.endswith(("__main__", "tlzoo.layers")):  # these do something when they are imported
                try:
                    import_module(module.name)
                except ImportError:  # it needs what is not installed, such as a plugin's extra
                    continue


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Turn this fork into the requested process."""
    import atexit

    import numpy as np

    os.setsid()
    np.random.seed()  # noqa: NPY002 - as a new process does
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    atexit._clear()  # what the server's imports registered is for the server
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
        threading._shutdown()
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
