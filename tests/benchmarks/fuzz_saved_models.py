"""Mutate SavedModels, inspect each mutant, load those that pass, and watch files that no mutant may touch.

    python tests/benchmarks/fuzz_saved_models.py [--count 20000] [--seed 0]

Four SavedModels are mutated: an export of Keras, a reusable module with a vocabulary, a module of the first format,
and the ``serving/`` of a run. A mutant is refused by the inspection, or it is loaded and called in a forked process,
without the second wall. Mutants name a file to read and places to write to; inotify reports to this process whether
anything opens or creates one.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import os
import random
import resource
import select
import shutil
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Counts", "fuzz", "main"]

FILES = ("WriteFile", "ReadFile", "SaveV2", "RestoreV2", "Save", "MatchingFiles", "MergeV2Checkpoints", "PrintV2")
FILES += ("InitializeTableFromTextFileV2", "TextLineDataset", "EagerPyFunc", "DebugIdentity", "Identity", "IdentityN")
CALLS = ("PartitionedCall", "StatefulPartitionedCall", "While", "If", "StatelessIf", "SymbolicGradient", "RemoteCall")
PER_PROCESS = 100
MEMORY = 8 << 30
"""Bytes of memory, most of it TensorFlow's own reservations, that this process and each forked one may have."""
SECONDS = 120
"""How long the mutants of one process may take."""
_OPENED, _CREATED = 0x20 | 0x2, 0x100 | 0x80
"""Of inotify: IN_OPEN and IN_MODIFY; IN_CREATE and IN_MOVED_TO."""


@dataclass
class Counts:
    """How many mutants ended how, and what they must not do."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """``refused``, ``loaded``, ``failed`` (in TensorFlow), ``crashed`` (TensorFlow's process), ``too long``, and
    ``unchanged``: TensorFlow would be given the same bytes as before, as the change is in a part that is left out."""
    findings: list[str] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)
    """Hashes of what TensorFlow was given already."""


def main() -> int:
    """Print the counts, and every finding; return 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    began, counts = time.time(), Counts()
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
        fuzz(Path(folder), arguments.count, arguments.seed, counts)
    print(f"{sum(counts.outcomes.values())} mutants in {time.time() - began:.0f} s:", dict(counts.outcomes))
    print("\n".join(counts.findings) or "no findings")
    return 1 if counts.findings else 0


def fuzz(folder: Path, count: int, seed: int, counts: Counts) -> None:
    """Inspect and load ``count`` mutants in a folder, with random numbers that only ``seed`` decides."""
    bases = _in_a_process(lambda: _make_bases(folder / "bases")) or sorted((folder / "bases").iterdir())
    outside = folder / "outside"
    outside.mkdir()
    (outside / "canary.txt").write_text("secret\n")
    draw = random.Random(seed)
    passed: list[Path] = []
    with _watching(outside) as events:
        _in_a_process((outside / "canary.txt").read_bytes)
        if not events():
            raise RuntimeError("inotify reports nothing: this check could find nothing")
        for number in range(count):
            if number % 500 == 499:
                print(f"{number + 1}: {dict(counts.outcomes)}", file=sys.stderr, flush=True)
            base = draw.choice(bases)
            mutant = folder / "mutants" / str(number)
            _write(base, mutant, _mutated((base / "saved_model.pb").read_bytes(), draw, outside))
            if not _is_to_be_loaded(mutant, counts):
                shutil.rmtree(mutant)
            else:
                passed.append(mutant)
            if passed and (len(passed) == PER_PROCESS or number == count - 1):
                _load(passed, outside, counts)
                happened = [*events(), *(each.name for each in outside.iterdir() if each.name != "canary.txt")]
                if happened:
                    kept = Path(tempfile.mkdtemp(prefix="fuzz-finding-"))
                    shutil.copytree(folder / "mutants", kept, dirs_exist_ok=True)
                    counts.findings.append(f"a mutant in {kept} touched {sorted(set(happened))}")
                shutil.rmtree(folder / "mutants")
                passed.clear()
        if events():
            counts.findings.append("the inspection itself opened a file outside")


def _is_to_be_loaded(mutant: Path, counts: Counts) -> bool:
    """Inspect a mutant; what the inspection raises beyond refusals, or a long one, is a finding."""
    from tlzoo.artifacts.savedmodel import describe
    from tlzoo.artifacts.savedmodel.inspection import inspect
    from tlzoo.errors import BytesRefusedError

    began = time.process_time()
    try:
        digest = hashlib.sha256(inspect(mutant, "mutant").data).digest()
        describe(mutant, "mutant")
    except BytesRefusedError as error:
        if not str(error).isprintable():
            counts.findings.append(f"a refusal that is not one line: {str(error)!r}")
        counts.outcomes["refused"] += 1
        return False
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        kept = Path(tempfile.mkdtemp(prefix="fuzz-finding-"))
        shutil.copytree(mutant, kept, dirs_exist_ok=True)
        counts.findings.append(f"the inspection of {kept} raised {error!r}")
        return False
    finally:
        if time.process_time() - began > 10:
            counts.findings.append(f"the inspection took {time.process_time() - began:.0f} s")
    if digest in counts.seen:
        counts.outcomes["unchanged"] += 1
        return False
    counts.seen.add(digest)
    return True


def _load(mutants: list[Path], outside: Path, counts: Counts) -> None:
    """Load and call mutants in forked processes; another one goes on where TensorFlow crashes or hangs."""
    waiting = list(mutants)
    while waiting:
        reader, writer = os.pipe()
        process = os.fork()
        if process == 0:
            _load_here(waiting, outside, writer)
        os.close(writer)
        done = _outcomes(reader, process)
        os.close(reader)
        status = os.waitpid(process, 0)[1]
        counts.outcomes.update(done[: len(waiting)])
        if len(done) < len(waiting):
            slow = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            counts.outcomes["too long" if slow else "crashed"] += 1
        waiting = waiting[len(done) + 1 :]


def _outcomes(reader: int, process: int) -> list[str]:
    """Return what a process reports of each mutant until it ends; kill it where it takes too long."""
    text = b""
    while select.select([reader], [], [], SECONDS)[0]:
        read = os.read(reader, 4096)
        if not read:
            return text.decode().split()
        text += read
    os.kill(process, signal.SIGKILL)
    return text.decode().split()


def _load_here(mutants: list[Path], outside: Path, writer: int) -> None:
    import tensorflow as tf

    from tlzoo.artifacts import load_inspected
    from tlzoo.errors import TlzooError

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.chdir(outside)
    os.environ["TLZOO_SECOND_WALL"] = "off"
    for mutant in mutants:
        outcome = "loaded"
        try:
            loaded = load_inspected(mutant, what="mutant")
            for function in loaded.signatures.values():
                with contextlib.suppress(tf.errors.OpError, ValueError, TypeError):
                    function(**{name: _sample(each) for name, each in function.structured_input_signature[1].items()})
        except TlzooError:
            outcome = "failed"
        except Exception:  # noqa: BLE001 - while it is called, TensorFlow raises anything
            outcome = "failed"
        os.write(writer, f"{outcome} ".encode())
    os._exit(0)


def _sample(specification: Any) -> Any:
    import tensorflow as tf

    shape = [
        1 if each is None else each for each in (specification.shape.as_list() if specification.shape.rank else [])
    ]
    return (
        tf.fill(shape, "../outside/canary.txt")
        if specification.dtype == tf.string
        else tf.zeros(shape, specification.dtype)
    )


def _write(base: Path, mutant: Path, data: bytes) -> None:
    """Write a mutant: its own program, and the base's other files by links that are files."""
    mutant.parent.mkdir(exist_ok=True)
    shutil.copytree(base, mutant, copy_function=os.link, ignore=shutil.ignore_patterns("saved_model.pb", "*.txt.part"))
    (mutant / "saved_model.pb").write_bytes(data)


def _in_a_process(work: Callable[[], Any]) -> None:
    """Do something in a forked process, so that TensorFlow starts no threads in this one."""
    import tensorflow  # noqa: F401, ICN001 - imported once, before processes are forked

    process = os.fork()
    if process == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - a forked process must not go on with its parent's work
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(process, 0)[1]:
        raise RuntimeError("the SavedModels to mutate could not be made")


@contextlib.contextmanager
def _watching(outside: Path) -> Iterator[Callable[[], list[str]]]:
    """Yield a function that returns which files in a folder were opened or created since its last call."""
    library = ctypes.CDLL(None, use_errno=True)
    descriptor = library.inotify_init1(os.O_NONBLOCK)
    library.inotify_add_watch(descriptor, os.fsencode(outside), _OPENED | _CREATED)

    def events() -> list[str]:
        found = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(descriptor, 65536):
                at = 0
                while at < len(data):
                    *_, size = struct.unpack_from("iIII", data, at)
                    name = data[at + 16 : at + 16 + size].rstrip(b"\0").decode()
                    at += 16 + size
                    found += [name] if name else []  # without a name it is the folder itself, which we list
        return found

    try:
        yield events
    finally:
        os.close(descriptor)


def _make_bases(folder: Path) -> None:
    import keras

    from tlzoo.backbones import image_preprocessing
    from tlzoo.export import ServingModel, export_saved_model
    from tlzoo.tasks import Classification

    folder.mkdir()
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).export(folder / "export", verbose=False)
    _make_reusable(folder)
    _make_first_format(folder)
    network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    preprocessing = image_preprocessing((4, 4), 3, scale=1 / 255, offset=0.0)
    export_saved_model(ServingModel(preprocessing, network, Classification(("a", "b")), "vision"), folder)
    (folder / "words.txt").unlink()


def _table(folder: Path, words: Any) -> Any:
    import tensorflow as tf

    whole, number = tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    return tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(words, tf.string, whole, tf.int64, number), 2)


def _make_reusable(folder: Path) -> None:
    import tensorflow as tf

    (folder / "words.txt").write_text("a\nb\nc\n")
    table, vectors = _table(folder, str(folder / "words.txt")), tf.Variable(tf.ones([3, 2]), name="vectors")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def call(words: Any) -> Any:
        return tf.cond(tf.size(words) > 0, lambda: tf.gather(vectors, table.lookup(words)), lambda: tf.zeros([0, 2]))

    root = tf.train.Checkpoint(table=table)
    root.__call__ = call
    root.variables = root.trainable_variables = [vectors]
    tf.saved_model.save(root, str(folder / "reusable"))


def _make_first_format(folder: Path) -> None:
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        words, asset = v1.placeholder(tf.string, [None]), tf.constant(str(folder / "words.txt"), name="asset")
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
        vectors = v1.get_variable("vectors", [3, 2])
        looked = tf.gather(vectors, _table(folder, asset).lookup(words))
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        builder = v1.saved_model.Builder(str(folder / "first"))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            {"serving_default": v1.saved_model.predict_signature_def({"words": words}, {"vectors": looked})},
            v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=v1.tables_initializer(),
        )
        builder.save()


def _mutated(data: bytes, draw: random.Random, outside: Path) -> bytes:
    """Return a SavedModel with one to three changes to its messages or to its bytes."""
    from tlzoo.artifacts.savedmodel.schema import message

    found = message("SavedModel").FromString(data)
    mutation = _Mutation(found.meta_graphs[0], draw, outside)
    for _ in range(draw.choice((1, 1, 2, 3))):
        draw.choice(mutation.all)()
    changed = found.SerializeToString(deterministic=True)
    return _with_bytes_twice(changed, found.DESCRIPTOR, draw) if draw.random() < 0.1 else changed


class _Mutation:
    """Changes of one graph; each draws where it changes what."""

    def __init__(self, meta: Any, draw: random.Random, outside: Path) -> None:
        self.meta, self.draw = meta, draw
        self.texts = [
            f"{outside}/canary.txt",
            f"{outside}/written",
            "canary.txt",
            "written",
            "../outside/canary.txt",
            "",
        ]
        self.all = [getattr(self, name) for name in dir(self) if name.startswith("change_")]

    def graph(self) -> tuple[Any, list[str]]:
        """Return the nodes of a function, or of the main graph, and the tensors in it."""
        functions = self.meta.graph_def.library.function
        if functions and self.draw.random() < 0.75:
            chosen = self.draw.choice(functions)
            names = [each.name for each in chosen.signature.input_arg]
            return chosen.node_def, names + [f"{each.name}:output:0" for each in chosen.node_def]
        return self.meta.graph_def.node, [each.name for each in self.meta.graph_def.node]

    def node(self) -> tuple[Any, Any, list[str]]:
        nodes, tensors = self.graph()
        while not nodes:
            nodes, tensors = self.graph()
        return nodes, self.draw.choice(nodes), tensors

    def text(self, nodes: Any) -> str:
        """Return a tensor that is a new constant."""
        made = nodes.add(name=f"text{self.draw.random()}", op="Const")
        made.attr["dtype"].type = made.attr["value"].tensor.dtype = 7
        made.attr["value"].tensor.tensor_shape.SetInParent()
        made.attr["value"].tensor.string_val.append(self.draw.choice(self.texts).encode())
        return f"{made.name}:output:0" if nodes is not self.meta.graph_def.node else str(made.name)

    def function(self) -> str:
        functions = self.meta.graph_def.library.function
        return str(self.draw.choice(functions).signature.name) if functions else "f"

    def change_input(self) -> None:
        nodes, node, tensors = self.node()
        if node.input:
            new = self.text(nodes) if self.draw.random() < 0.5 else self.draw.choice(tensors)
            node.input[self.draw.randrange(len(node.input))] = new

    def change_output_index(self) -> None:
        _, node, _ = self.node()
        if node.input:
            at = self.draw.randrange(len(node.input))
            node.input[at] = node.input[at].rpartition(":")[0] or node.input[at]
            node.input[at] += f":{self.draw.randrange(3)}"

    def change_control(self) -> None:
        _, node, tensors = self.node()
        node.input.append(f"^{self.draw.choice(tensors).partition(':')[0]}")

    def change_operation(self) -> None:
        _, node, _ = self.node()
        node.op = self.draw.choice((*FILES, *CALLS, self.function()))

    def change_between(self) -> None:
        """Put an operation between an operation on files and its input, or anywhere else."""
        nodes, node, _ = self.node()
        at = [each for each in nodes if each.op in FILES and each.input] or [node]
        node = self.draw.choice(at)
        if node.input:
            place = self.draw.randrange(len(node.input))
            made = nodes.add(name="between", op=self.draw.choice(("Identity", "IdentityN", "StringJoin")))
            made.input.extend([node.input[place], self.text(nodes)][: 1 if made.op == "Identity" else 2])
            if made.op == "IdentityN":
                made.attr["T"].list.type.extend([7, 7])
            elif made.op == "StringJoin":
                made.attr["N"].i = 2
            else:
                made.attr["T"].type = 7
            plain = nodes is self.meta.graph_def.node
            node.input[place] = (
                f"between:{self.draw.randrange(2)}" if plain else f"between:output:{self.draw.randrange(2)}"
            )

    def change_added_operation(self) -> None:
        """Add an operation on files, which another node waits for."""
        nodes, node, _ = self.node()
        made = nodes.add(name="added", op=self.draw.choice(FILES))
        made.input.extend(self.text(nodes) for _ in range(self.draw.randrange(1, 4)))
        made.attr["T"].type = 7
        node.input.append("^added")

    def change_added_call(self) -> None:
        nodes, node, tensors = self.node()
        made = nodes.add(name="call", op=self.draw.choice(CALLS))
        made.input.extend(self.draw.choice((*tensors, self.text(nodes))) for _ in range(self.draw.randrange(4)))
        made.attr[self.draw.choice(("f", "body", "then_branch"))].func.name = self.function()
        made.attr["Tin"].list.type.extend([7] * len(made.input))
        made.attr["Tout"].list.type.append(7)
        node.input.append("^call")

    def change_called(self) -> None:
        _, node, _ = self.node()
        for value in node.attr.values():
            if value.HasField("func"):
                value.func.name = self.function()

    def change_attribute(self) -> None:
        _, node, _ = self.node()
        key = self.draw.choice((*node.attr, "api_implements", "_implements", "_gradient_op_type", "config_proto", "f"))
        value = node.attr[key]
        kind = self.draw.randrange(5)
        if kind == 0:
            value.s = self.draw.choice((*self.texts, "EagerPyFunc", "file:///written")).encode()
        elif kind == 1:
            value.func.name = self.function()
        elif kind == 2:
            value.list.func.add(name=self.function())
        elif kind == 3:
            value.i = self.draw.randrange(-2, 30)
        else:
            value.type = self.draw.randrange(30)

    def change_selection(self) -> None:
        functions = self.meta.graph_def.library.function
        for each in self.draw.sample(list(functions), min(2, len(functions))):
            each.attr["api_implements"].s = b"same"
            each.attr["api_preferred_device"].s = self.draw.choice((b"CPU", b"GPU"))

    def change_function_name(self) -> None:
        functions = self.meta.graph_def.library.function
        if functions:
            self.draw.choice(functions).signature.name = self.draw.choice((self.function(), "Identity", "Const", "x"))

    def change_body(self) -> None:
        functions = self.meta.graph_def.library.function
        if functions:
            self.draw.choice(functions).node_def.extend(list(self.draw.choice(functions).node_def))

    def change_argument(self) -> None:
        for each in self.meta.graph_def.library.function:
            for one in each.signature.input_arg:
                if self.draw.random() < 0.05:
                    one.type_list_attr = self.draw.choice(("", "T"))
                    one.type = self.draw.choice((7, 20, 1))

    def change_gradient(self) -> None:
        library, name = self.meta.graph_def.library, self.function()
        if self.draw.random() < 0.5:
            library.gradient.add(function_name=self.function(), gradient_func=name)
        else:
            library.registered_gradients.add(gradient_func=name, registered_op_type=self.draw.choice(("Identity", "x")))

    def change_constant(self) -> None:
        """Give texts another value: among them defaults of a saver and parts of paths."""
        nodes, _, _ = self.node()
        for node in nodes:
            for at in range(len(node.attr["value"].tensor.string_val) if node.op == "Const" else 0):
                if self.draw.random() < 0.5:
                    node.attr["value"].tensor.string_val[at] = self.draw.choice((*self.texts, "..", "/..")).encode()

    def change_objects(self) -> None:
        nodes = self.meta.object_graph_def.nodes
        if not nodes:
            return
        node, numbers = self.draw.choice(nodes), range(-1, len(nodes) + 1)
        kind = self.draw.randrange(6)
        if kind == 0:
            node.children.add(
                node_id=self.draw.choice(numbers), local_name=self.draw.choice(("_path", "__call__", "_initialize"))
            )
        elif kind == 1:
            node.asset.asset_file_def_index = self.draw.randrange(-1, 2)
        elif kind == 2:
            node.constant.operation = self.text(self.meta.graph_def.node)
        elif kind == 3:
            node.slot_variables.add(slot_variable_node_id=self.draw.choice(numbers), slot_name="m")
        elif kind == 4:
            node.registered_name = self.draw.choice(("tf.TrackableConstant", "tf.StaticHashTable", "x"))
        else:
            node.function.concrete_functions.append(self.function())

    def change_bound(self) -> None:
        objects = self.meta.object_graph_def
        if objects.concrete_functions:
            chosen = objects.concrete_functions[self.draw.choice(list(objects.concrete_functions))].bound_inputs
            number = self.draw.randrange(-1, len(objects.nodes) + 1)
            if chosen and self.draw.random() < 0.7:
                chosen[self.draw.randrange(len(chosen))] = number
            else:
                chosen.append(number)

    def change_asset(self) -> None:
        for each in self.meta.asset_file_def:
            if self.draw.random() < 0.5:
                each.filename = self.draw.choice((*self.texts, "../variables/variables.index"))
            else:
                each.tensor_info.name = f"{self.draw.choice(self.meta.graph_def.node).name}:{self.draw.randrange(2)}"

    def change_saver(self) -> None:
        saver = self.meta.saver_def
        name = self.draw.choice(("filename_tensor_name", "save_tensor_name", "restore_op_name"))
        setattr(saver, name, f"{self.draw.choice(self.meta.graph_def.node).name}:0")

    def change_signature(self) -> None:
        signature = self.meta.signature_def[self.draw.choice((*self.meta.signature_def, "__saved_model_init_op", "x"))]
        chosen = signature.inputs if self.draw.random() < 0.5 else signature.outputs
        chosen[self.draw.choice((*chosen, "x"))].name = f"{self.draw.choice(self.meta.graph_def.node).name}:0"

    def change_collection(self) -> None:
        names = ("saved_model_main_op", "table_initializer", "legacy_init_op", "variables", "saved_model_assets")
        collection = self.meta.collection_def[self.draw.choice(names)]
        if collection.bytes_list.value and self.draw.random() < 0.5:
            collection.bytes_list.value.append(self.draw.choice(collection.bytes_list.value))
        else:
            del collection.node_list.value[:]
            collection.node_list.value.append(self.draw.choice(self.meta.graph_def.node).name)


def _with_bytes_twice(data: bytes, descriptor: Any, draw: random.Random, depth: int = 0) -> bytes:
    """Return a serialized message in which a field stands twice, as another kind, or with one that is not known."""
    parts = list(_fields(data))
    inner = [at for at, part in enumerate(parts) if _message(descriptor, part[0]) and part[2]]
    if inner and depth < 12 and draw.random() < 0.85:
        at = draw.choice(inner)
        number, tag, content = parts[at]
        content = _with_bytes_twice(content, _message(descriptor, number), draw, depth + 1)
        parts[at] = (number, tag, content)
    elif parts:
        kinds = [each for oneof in descriptor.oneofs for each in oneof.fields if each.message_type]
        chosen = draw.choice(parts)
        if kinds and draw.random() < 0.3:
            chosen = (draw.choice(kinds).number, 2, b"")
        elif draw.random() < 0.2:
            chosen = (draw.randrange(100, 200), 2, b"x")
        parts.insert(draw.randrange(len(parts) + 1), chosen)
    return b"".join(
        _varint(number << 3 | kind) + (_varint(len(text)) if kind == 2 else b"") + text for number, kind, text in parts
    )


def _message(descriptor: Any, number: int) -> Any:
    found = descriptor.fields_by_number.get(number)
    return found.message_type if found else None


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        kind, begin = tag & 7, at
        if kind == 0:
            _, at = _read_varint(data, at)
        elif kind == 2:
            size, begin = _read_varint(data, at)
            at = begin + size
        else:
            at += 8 if kind == 1 else 4
        yield tag >> 3, kind, data[begin:at]


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


if __name__ == "__main__":
    sys.exit(main())
