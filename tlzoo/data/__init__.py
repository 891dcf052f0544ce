"""Data sets: sources and their adapters, splits, inspection. TensorFlow is imported when inputs are first read."""

from tlzoo.data.arrays import arrays
from tlzoo.data.balance import BALANCES, Balance, check_balance, describe_imbalance
from tlzoo.data.closeness import distance, picture_statistics, statistics_of
from tlzoo.data.contract import (
    DataAdapter,
    Dataset,
    Environment,
    Examples,
    Hashed,
    Pictures,
    Progress,
    Samples,
    SetAside,
)
from tlzoo.data.digits import digits
from tlzoo.data.duplicates import exact_duplicates, leaks, near_duplicates
from tlzoo.data.examining import why_unreadable
from tlzoo.data.facts import (
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
from tlzoo.data.images import images
from tlzoo.data.inspection import inspect
from tlzoo.data.keras_sets import keras_sets
from tlzoo.data.label_spelling import check_labels
from tlzoo.data.missing import Missing, MissingError, Policy, format_policies, parse_policies
from tlzoo.data.pictures import ArrayPictures
from tlzoo.data.prepared import hf, tfds
from tlzoo.data.received import wrong_with_data, wrong_with_preprocessing
from tlzoo.data.scaling import Scaling, scaling_of
from tlzoo.data.source import Source, like_training, parse_source, refuse_unknown_options
from tlzoo.data.splitting import split
from tlzoo.data.streams import images_at_once, in_batches, in_parallel, stream_of
from tlzoo.data.tables import table, table_inputs
from tlzoo.data.tasks import Classification, Labels, MultiLabel, Regression, Task
from tlzoo.data.texts import Texts
from tlzoo.data.unlabelled import UNLABELLED, is_labelled, without_labels

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
    "Progress",
    "Regression",
    "Samples",
    "Scaling",
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
    "check_balance",
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
    "refuse_unknown_options",
    "scaling_of",
    "split",
    "statistics_of",
    "stream_of",
    "table",
    "table_inputs",
    "tfds",
    "why_unreadable",
    "without_labels",
    "wrong_with_data",
    "wrong_with_preprocessing",
]
