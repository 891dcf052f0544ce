"""Export of trained networks as files, one format per module, and measurements of these files."""

from tlzoo.export.contract import Arrays, Exporter, PreparedSplit, Runtime, ServingModel
from tlzoo.export.keras_format import KerasFormat, export_keras, needed_imports, read_classes
from tlzoo.export.litert import LiteRT
from tlzoo.export.numeric_network import numeric_inputs, numeric_network, sample_inputs
from tlzoo.export.onnx import Onnx
from tlzoo.export.openvino import OpenVINO
from tlzoo.export.saved_model import SavedModel, export_saved_model

__all__ = [
    "Arrays",
    "Exporter",
    "KerasFormat",
    "LiteRT",
    "Onnx",
    "OpenVINO",
    "PreparedSplit",
    "Runtime",
    "SavedModel",
    "ServingModel",
    "export_keras",
    "export_saved_model",
    "needed_imports",
    "numeric_inputs",
    "numeric_network",
    "read_classes",
    "sample_inputs",
]
