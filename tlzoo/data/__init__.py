"""Data sets: sources and their adapters, splits, inspection. TensorFlow is imported when inputs are first read."""

from tlzoo.data.adapters.arrays.adapter import arrays
from tlzoo.data.adapters.digits import digits
from tlzoo.data.adapters.images import images
from tlzoo.data.adapters.keras_datasets import keras_sets
from tlzoo.data.adapters.prepared import hf, tfds
from tlzoo.data.adapters.tables import table, table_inputs
from tlzoo.data.balance import describe_imbalance
from tlzoo.data.closeness import distance, picture_statistics, statistics_of
from tlzoo.data.contract import (
    DataAdapter,
    Dataset,
    Environment,
    Examples,
    Hashed,
    Pictures,
    Samples,
    SetAside,
)
from tlzoo.data.duplicates import exact_duplicates, leaks, near_duplicates
from tlzoo.data.image_files.examination import why_unreadable
from tlzoo.data.inspection.facts import (
    ClassCount,
    Duplicates,
    ImageFacts,
    Inspection,
    Lengths,
    Spread,
    Suspect,
    TargetFacts,
    TextFacts,
    TokenFacts,
    lengths_of,
)
from tlzoo.data.inspection.inspect import inspect
from tlzoo.data.inspection.label_spelling import check_labels
from tlzoo.data.missing import Missing, MissingError, Policy, format_policies, parse_policies
from tlzoo.data.pictures import ArrayPictures
from tlzoo.data.preprocessing_checks import data_problems, preprocessing_problems
from tlzoo.data.source import Source, like_training, parse_source, refuse_unknown_options
from tlzoo.data.splitting.split import split
from tlzoo.data.streams import images_at_once, in_batches, in_parallel, stream_of
from tlzoo.data.texts import Texts
from tlzoo.data.unlabelled import UNLABELLED, is_labelled, without_labels
from tlzoo.tasks import BALANCES, Balance, Classification, Labels, MultiLabel, Regression, Task

__all__ = [
    "BALANCES",
    "UNLABELLED",
    "ArrayPictures",
    "Balance",
    "ClassCount",
    "Classification",
    "DataAdapter",
    "Dataset",
    "Duplicates",
    "Environment",
    "Examples",
    "Hashed",
    "ImageFacts",
    "Inspection",
    "Labels",
    "Lengths",
    "Missing",
    "MissingError",
    "MultiLabel",
    "Pictures",
    "Policy",
    "Regression",
    "Samples",
    "SetAside",
    "Source",
    "Spread",
    "Suspect",
    "TargetFacts",
    "Task",
    "TextFacts",
    "Texts",
    "TokenFacts",
    "arrays",
    "check_labels",
    "data_problems",
    "describe_imbalance",
    "digits",
    "distance",
    "exact_duplicates",
    "format_policies",
    "hf",
    "images",
    "images_at_once",
    "in_batches",
    "in_parallel",
    "inspect",
    "is_labelled",
    "keras_sets",
    "leaks",
    "lengths_of",
    "like_training",
    "near_duplicates",
    "parse_policies",
    "parse_source",
    "picture_statistics",
    "preprocessing_problems",
    "refuse_unknown_options",
    "split",
    "statistics_of",
    "stream_of",
    "table",
    "table_inputs",
    "tfds",
    "why_unreadable",
    "without_labels",
]
