"""Data sets: sources and their adapters, splits, inspection. Names are imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.data.adapter_contract import DataAdapter, with_label_options, with_reading_options
    from tlzoo.data.adapters.arrays.adapter import arrays
    from tlzoo.data.adapters.digits import digits
    from tlzoo.data.adapters.images import images
    from tlzoo.data.adapters.keras_datasets import keras_sets
    from tlzoo.data.adapters.materials import materials
    from tlzoo.data.adapters.memory import DataLike, InMemory, in_memory, memory
    from tlzoo.data.adapters.prepared.hugging_face import hf
    from tlzoo.data.adapters.prepared.tfds import tfds
    from tlzoo.data.adapters.tables import table, table_columns, table_inputs
    from tlzoo.data.balance import describe_imbalance
    from tlzoo.data.closeness import distance
    from tlzoo.data.columns import ChosenColumns, FolderColumns, SampleColumns
    from tlzoo.data.contract import (
        Dataset,
        Examples,
        Hashed,
        Pictures,
        Samples,
        SetAside,
    )
    from tlzoo.data.duplicates import exact_duplicates, leaks, near_duplicates
    from tlzoo.data.inputs import Inputs
    from tlzoo.data.inspection.facts import (
        ClassCount,
        Duplicates,
        InputFacts,
        Inspection,
        Lengths,
        Size,
        Spread,
        Suspect,
        TargetFacts,
        TokenFacts,
        lengths_of,
    )
    from tlzoo.data.inspection.inspect import inspect
    from tlzoo.data.inspection.label_spelling import check_labels
    from tlzoo.data.lookup import like_training
    from tlzoo.data.missing import Missing, MissingError, Policy, format_policies, parse_policies
    from tlzoo.data.source import Source, parse_source, refuse_unknown_options
    from tlzoo.data.splitting.folds import MOST_FOLDS, Fold
    from tlzoo.data.splitting.split import split
    from tlzoo.data.splitting.split_names import split_of
    from tlzoo.data.streams import images_at_once, in_batches, in_parallel, stream_of
    from tlzoo.data.trainer_data import Kind, RunData, TrainerData
    from tlzoo.data.unlabelled import UNLABELLED, is_labelled, without_labels
    from tlzoo.modalities.text.facts import TextFacts
    from tlzoo.modalities.text.texts import Texts
    from tlzoo.modalities.vision.facts import ImageFacts
    from tlzoo.modalities.vision.image_files.examination import why_unreadable
    from tlzoo.modalities.vision.pictures import ArrayPictures
    from tlzoo.modalities.vision.statistics import picture_statistics, statistics_of
    from tlzoo.natural_order import natural

__all__ = [
    "MOST_FOLDS",
    "UNLABELLED",
    "ArrayPictures",
    "ChosenColumns",
    "ClassCount",
    "DataAdapter",
    "DataLike",
    "Dataset",
    "Duplicates",
    "Examples",
    "Fold",
    "FolderColumns",
    "Hashed",
    "ImageFacts",
    "InMemory",
    "InputFacts",
    "Inputs",
    "Inspection",
    "Kind",
    "Lengths",
    "Missing",
    "MissingError",
    "Pictures",
    "Policy",
    "RunData",
    "SampleColumns",
    "Samples",
    "SetAside",
    "Size",
    "Source",
    "Spread",
    "Suspect",
    "TargetFacts",
    "TextFacts",
    "Texts",
    "TokenFacts",
    "TrainerData",
    "arrays",
    "check_labels",
    "describe_imbalance",
    "digits",
    "distance",
    "exact_duplicates",
    "format_policies",
    "hf",
    "images",
    "images_at_once",
    "in_batches",
    "in_memory",
    "in_parallel",
    "inspect",
    "is_labelled",
    "keras_sets",
    "leaks",
    "lengths_of",
    "like_training",
    "materials",
    "memory",
    "natural",
    "near_duplicates",
    "parse_policies",
    "parse_source",
    "picture_statistics",
    "refuse_unknown_options",
    "split",
    "split_of",
    "statistics_of",
    "stream_of",
    "table",
    "table_columns",
    "table_inputs",
    "tfds",
    "why_unreadable",
    "with_label_options",
    "with_reading_options",
    "without_labels",
]

_HOME = {
    "MOST_FOLDS": "data.splitting.folds",
    "UNLABELLED": "data.unlabelled",
    "ArrayPictures": "modalities.vision.pictures",
    "ClassCount": "data.inspection.facts",
    "DataAdapter": "data.adapter_contract",
    "DataLike": "data.adapters.memory",
    "Dataset": "data.contract",
    "Duplicates": "data.inspection.facts",
    "Examples": "data.contract",
    "Fold": "data.splitting.folds",
    "ChosenColumns": "data.columns",
    "FolderColumns": "data.columns",
    "Hashed": "data.contract",
    "ImageFacts": "modalities.vision.facts",
    "InMemory": "data.adapters.memory",
    "InputFacts": "data.inspection.facts",
    "Inputs": "data.inputs",
    "Inspection": "data.inspection.facts",
    "Kind": "data.trainer_data",
    "Lengths": "data.inspection.facts",
    "Missing": "data.missing",
    "MissingError": "data.missing",
    "Pictures": "data.contract",
    "Policy": "data.missing",
    "RunData": "data.trainer_data",
    "SampleColumns": "data.columns",
    "Samples": "data.contract",
    "SetAside": "data.contract",
    "Size": "data.inspection.facts",
    "Source": "data.source",
    "Spread": "data.inspection.facts",
    "Suspect": "data.inspection.facts",
    "TargetFacts": "data.inspection.facts",
    "TextFacts": "modalities.text.facts",
    "Texts": "modalities.text.texts",
    "TokenFacts": "data.inspection.facts",
    "TrainerData": "data.trainer_data",
    "arrays": "data.adapters.arrays.adapter",
    "check_labels": "data.inspection.label_spelling",
    "describe_imbalance": "data.balance",
    "digits": "data.adapters.digits",
    "distance": "data.closeness",
    "exact_duplicates": "data.duplicates",
    "format_policies": "data.missing",
    "hf": "data.adapters.prepared",
    "images": "data.adapters.images",
    "images_at_once": "data.streams",
    "in_batches": "data.streams",
    "in_memory": "data.adapters.memory",
    "in_parallel": "data.streams",
    "inspect": "data.inspection.inspect",
    "is_labelled": "data.unlabelled",
    "keras_sets": "data.adapters.keras_datasets",
    "leaks": "data.duplicates",
    "materials": "data.adapters.materials",
    "lengths_of": "data.inspection.facts",
    "like_training": "data.lookup",
    "memory": "data.adapters.memory",
    "natural": "natural_order",
    "near_duplicates": "data.duplicates",
    "parse_policies": "data.missing",
    "parse_source": "data.source",
    "picture_statistics": "modalities.vision.statistics",
    "refuse_unknown_options": "data.source",
    "split": "data.splitting.split",
    "split_of": "data.splitting.split_names",
    "statistics_of": "modalities.vision.statistics",
    "stream_of": "data.streams",
    "table": "data.adapters.tables",
    "table_columns": "data.adapters.tables",
    "table_inputs": "data.adapters.tables",
    "tfds": "data.adapters.prepared",
    "why_unreadable": "modalities.vision.image_files.examination",
    "with_label_options": "data.adapter_contract",
    "with_reading_options": "data.adapter_contract",
    "without_labels": "data.unlabelled",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"tlzoo.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
