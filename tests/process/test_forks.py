"""A process forked after TensorFlow was used says so at once; one forked before works."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable

import pytest

import tlzoo
from tlzoo.data.streams import stream_of
from tlzoo.errors import RunError


def forked(work: Callable[[], object]) -> str:
    """Call a function in a fork of this process; return the error that it raised there."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of threads; that is what this is about
        child = os.fork()
    if child == 0:
        try:
            work()
        except RunError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as stream:
        return stream.read()


@pytest.mark.parametrize(
    "work",
    [
        lambda: tlzoo.load_backbone("glyphnet"),
        lambda: tlzoo.train(data="digits:", backbone="glyphnet"),
        lambda: tlzoo.Run("none").predict(["a.png"]),
        lambda: tlzoo.explain(data="digits:", backbone="glyphnet"),
        lambda: tlzoo.rank("digits:"),
        lambda: stream_of([1]),
    ],
    ids=["load_backbone", "train", "predict", "explain", "rank", "a stream of samples"],
)
def test_a_fork_of_a_process_that_used_tensorflow_is_refused(work: Callable[[], object]) -> None:
    import tensorflow as tf

    assert float(tf.constant(1.0) + 1) == 2
    said = forked(work)
    assert "this process was forked after TensorFlow was used" in said
    assert 'multiprocessing.get_context("spawn")' in said


def test_the_process_itself_is_not_refused() -> None:
    from tlzoo.process.forks import refuse_fork

    refuse_fork()
