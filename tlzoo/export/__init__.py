"""Export of trained networks as files, one format per module."""

from tlzoo.export.contract import Exporter, ServingModel
from tlzoo.export.keras_format import export_keras, needed_imports, read_classes
from tlzoo.export.saved_model import export_saved_model

__all__ = ["Exporter", "ServingModel", "export_keras", "export_saved_model", "needed_imports", "read_classes"]
