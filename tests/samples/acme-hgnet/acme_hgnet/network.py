"""PP-HGNetV2 of KerasHub as one graph, so that it can be cut between stages."""

import keras
import keras_hub

from tlzoo.backbones import Backbone, FeatureMap, image_preprocessing, load_digest, stages_by_layers

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def load_hgnet(entry, files, request):
    """Return the network with the widths in the entry's options."""
    size = request.image_size or entry.input.size
    keras.utils.set_random_seed(request.seed)
    network = keras_hub.models.HGNetV2Backbone(
        depths=[1, 1, 2, 1],
        embedding_size=16,
        hidden_sizes=[32, 64, 128, 192],
        stem_channels=[3, 12, 16],
        hidden_act="relu",
        use_learnable_affine_block=True,
        stackwise_stage_filters=[
            (16, 12, 32, 1, 1, 3), (32, 24, 64, 1, 1, 3), (64, 32, 128, 2, 1, 5), (128, 64, 192, 1, 1, 5),
        ],
        apply_downsample=[False, True, True, True],
        use_lightweight_conv_block=[False, False, True, True],
        image_shape=(*size, 3),
    )  # fmt: skip
    if request.weights == "pretrained":
        network.load_weights(files["weights"])
    embedder, encoder = network.layers[1:]
    inputs = keras.Input((*size, 3), name="images")
    x = embedder(inputs)
    for stage in encoder.stages_list:
        x = stage(x)
    model = keras.Model(inputs, x, name="hgnet")
    boundaries = [("stem", embedder.name), *((f"stage{n}", each.name) for n, each in enumerate(encoder.stages_list, 1))]
    return Backbone(
        model=model,
        preprocessing=image_preprocessing(
            size,
            3,
            scale=[1 / (255 * std) for std in STD],
            offset=[-mean / std for mean, std in zip(MEAN, STD, strict=True)],
        ),
        stages=stages_by_layers(model, boundaries),
        features=FeatureMap(x.shape[1], x.shape[2], x.shape[3]),
        digest=load_digest(entry, files, request),
    )
