"""How the packaged weights were trained: `pretrain.glyphs` and `pretrain.colour`. Not part of the wheel.

What both use is here: random draws in the graph, the optimizer, the log, few-shot accuracy.
"""
