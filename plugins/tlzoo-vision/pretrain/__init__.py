"""The making of the packaged weights: `pretrain.glyphs` trains, `pretrain.imagenet` converts. Not part of the wheel.

Both use the modules here: random draws in the graph, the optimizer, the log, few-shot accuracy.
"""
