"""All networks of `keras.applications`, with their stages."""

from __future__ import annotations

from . import (
    convnext,
    densenet,
    efficientnet,
    efficientnet_v2,
    inception_resnet_v2,
    inception_v3,
    mobilenet,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    resnet,
    resnet_v2,
    vgg,
    xception,
)
from .boundaries import Table

__all__ = ["STAGES"]

STAGES: Table = {
    **convnext.STAGES,
    **densenet.STAGES,
    **efficientnet.STAGES,
    **efficientnet_v2.STAGES,
    **inception_resnet_v2.STAGES,
    **inception_v3.STAGES,
    **mobilenet.STAGES,
    **mobilenet_v2.STAGES,
    **mobilenet_v3.STAGES,
    **nasnet.STAGES,
    **resnet.STAGES,
    **resnet_v2.STAGES,
    **vgg.STAGES,
    **xception.STAGES,
}
