"""Catalog of data sets: their files, with the names, addresses and hashes of Keras 3.15, and their readers.

Keras publishes no hashes for Fashion-MNIST; those here are the MD5 of its makers, from the README of
github.com/zalandoresearch/fashion-mnist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tlzoo.data.adapters.keras_datasets.cifar import read_cifar10, read_cifar100
from tlzoo.data.adapters.keras_datasets.mnist import read_fashion_mnist, read_mnist
from tlzoo.data.adapters.keras_datasets.parts import Parts
from tlzoo.registry import File

_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets"
_TORONTO = "https://www.cs.toronto.edu/~kriz"


@dataclass(frozen=True, slots=True)
class KerasSet:
    """A data set: its files by their path under ``~/.keras/datasets``, and its reader."""

    files: Mapping[str, File]
    read: Callable[[list[Path], Mapping[str, str]], Parts]
    options: tuple[str, ...] = ()


_NUMBERS = "its file has word indices, without capitals and punctuation, not texts"
NOT_READ: Mapping[str, tuple[str, str]] = {
    "imdb": (_NUMBERS, "use tfds:imdb_reviews after TensorFlow Datasets has prepared it"),
    "reuters": (_NUMBERS, "use a table: of the texts and topics"),
}
"""Unsupported data sets of Keras: the reason, and an alternative."""

KNOWN: Mapping[str, KerasSet] = {
    "cifar10": KerasSet(
        {
            "cifar-10-batches-py-target_archive": File(
                f"{_TORONTO}/cifar-10-python.tar.gz",
                "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            )
        },
        read_cifar10,
    ),
    "cifar100": KerasSet(
        {
            "cifar-100-python-target_archive": File(
                f"{_TORONTO}/cifar-100-python.tar.gz",
                "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
            )
        },
        read_cifar100,
        ("labels",),
    ),
    "mnist": KerasSet(
        {
            "mnist.npz": File(
                f"{_KERAS}/mnist.npz", "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
            )
        },
        read_mnist,
    ),
    "fashion_mnist": KerasSet(
        {
            f"fashion-mnist/{name}.gz": File(f"{_KERAS}/{name}.gz", f"md5:{md5}")
            for name, md5 in {
                "train-images-idx3-ubyte": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "train-labels-idx1-ubyte": "25c81989df183df01b3e8a0aad5dffbe",
                "t10k-images-idx3-ubyte": "bef4ecab320f06d8554ea6380940ec79",
                "t10k-labels-idx1-ubyte": "bb300cfdad3c16e7a12a480ee83cd310",
            }.items()
        },
        read_fashion_mnist,
    ),
}
