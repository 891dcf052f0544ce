"""Training of the packaged weights: `pretrain.glyphs` and `pretrain.colour`. Not part of the wheel.

This package contains the parts that both use: random draws in the graph, the optimizer, the log, few-shot accuracy.
"""
