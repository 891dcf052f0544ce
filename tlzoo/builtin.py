"""The core's own components, registered through the same hooks as those of plugins.

Only the plugin manager imports this module, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tlzoo.plugins import hookimpl

if TYPE_CHECKING:
    from tlzoo.artifacts import Importer
    from tlzoo.backbones import Loader
    from tlzoo.data import DataAdapter
    from tlzoo.export import Exporter
    from tlzoo.heads import Head
    from tlzoo.modalities import Modality
    from tlzoo.objectives import Objective
    from tlzoo.scores import Score
    from tlzoo.strategies import Strategy
    from tlzoo.tasks import Task
    from tlzoo.trackers import Tracker
    from tlzoo.training import Trainer


@hookimpl
def tlzoo_backbones() -> Mapping[str, Loader]:
    """TF2 SavedModels (TensorFlow Hub, your own, exported runs), and unchanged rows of numbers."""
    from tlzoo.backbones import load_identity, load_published
    from tlzoo.backbones.hub.loading import load_module

    return {"identity": load_identity, "published": load_published, "saved-model": load_module}


@hookimpl
def tlzoo_importers() -> Mapping[str, Importer]:
    """Models published with ``tlzoo publish --to``."""
    from tlzoo.backbones.published_import import PUBLISHED, import_published

    return {PUBLISHED: import_published}


@hookimpl
def tlzoo_heads() -> Mapping[str, type[Head]]:
    """Linear and MLP."""
    from tlzoo import heads

    return {each.name: each for each in (heads.Attention, heads.Linear, heads.MLP, heads.Pyramid)}


@hookimpl
def tlzoo_strategies() -> Mapping[str, type[Strategy]]:
    """Feature extraction, several kinds of fine-tuning, and training from scratch."""
    from tlzoo import strategies

    classes = (
        strategies.FeatureExtraction,
        strategies.FineTune,
        strategies.MultiStep,
        strategies.LinearProbeThenFineTune,
        strategies.GradualUnfreezing,
        strategies.Surgical,
        strategies.ProgressiveResizing,
        strategies.DomainAdaptation,
        strategies.FromScratch,
        strategies.Auto,
        strategies.Continue,
    )
    return {each.name: each for each in classes}


@hookimpl
def tlzoo_data_adapters() -> Mapping[str, DataAdapter]:
    """Tables, folders of images, NumPy archives, packaged images, and data sets prepared by other libraries."""
    from tlzoo import data

    return {
        "images": data.images,
        "arrays": data.arrays,
        "digits": data.digits,
        "materials": data.materials,
        "table": data.table,
        "keras": data.keras_sets,
        "hf": data.hf,
        "tfds": data.tfds,
        "memory": data.memory,
    }


@hookimpl
def tlzoo_modalities() -> Mapping[str, type[Modality]]:
    """Images, texts and rows of numbers."""
    from tlzoo.modalities import core_modalities

    return core_modalities()


@hookimpl
def tlzoo_tasks() -> Mapping[str, type[Task]]:
    """Classification, multi-label classification and regression."""
    from tlzoo.tasks import core_tasks

    return core_tasks()


@hookimpl
def tlzoo_trainers() -> Mapping[str, type[Trainer]]:
    """Return the trainer for labelled samples of any task."""
    from tlzoo.training import SupervisedTrainer

    return {"supervised": SupervisedTrainer}


@hookimpl
def tlzoo_scores() -> Mapping[str, Score]:
    """Scores of features: nearest neighbours, linear probe, LogME, H-score; of a source head: LEEP and NCE."""
    from tlzoo import scores

    return {
        "knn": scores.knn,
        "linear-probe": scores.linear_probe,
        "logme": scores.logme,
        "h-score": scores.h_score,
        "leep": scores.leep,
        "nce": scores.nce,
    }


@hookimpl
def tlzoo_objectives() -> Mapping[str, type[Objective]]:
    """Domain adaptation. Journals contain the names of these classes, also those of 0.1, which lack `name`."""
    from tlzoo import objectives

    return {
        "tlzoo/adabn": objectives.AdaBN,
        "tlzoo/coral": objectives.Coral,
        "tlzoo/dann": objectives.Dann,
        "tlzoo/mcc": objectives.Mcc,
        "tlzoo/mmd": objectives.Mmd,
    }


@hookimpl
def tlzoo_exporters() -> Mapping[str, type[Exporter]]:
    """Keras's format, a SavedModel that takes raw input, LiteRT, ONNX and OpenVINO."""
    from tlzoo import export

    formats = (export.KerasFormat, export.SavedModel, export.LiteRT, export.Onnx, export.OpenVINO)
    return {each.name: each for each in formats}


@hookimpl
def tlzoo_trackers() -> Mapping[str, type[Tracker]]:
    """TensorBoard and MLflow."""
    from tlzoo import trackers

    return {each.name: each for each in (trackers.MLflow, trackers.TensorBoard)}


@hookimpl
def tlzoo_layers() -> Mapping[str, str]:
    """Return the layers of whole backbones and of TensorFlow Hub modules."""
    return {"tlzoo>BackboneLayer": "tlzoo.backbones:BackboneLayer", "tlzoo>HubLayer": "tlzoo.backbones:HubLayer"}
