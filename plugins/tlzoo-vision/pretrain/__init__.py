"""How `vision/glyphnet.glyphs` was trained: fonts to classes to glyph bank to weights. Not part of the wheel.

Run from the folder above this one, in this order::

    python -m pretrain.fonts      # FONTS.md: which fonts, which versions, which licences
    python -m pretrain.classes    # classes.txt and heldout.txt: which characters
    python -m pretrain.bank       # draws every glyph once
    python -m pretrain.train      # the weights and glyphs.log.jsonl
    python -m pretrain.evaluate   # the table
"""
