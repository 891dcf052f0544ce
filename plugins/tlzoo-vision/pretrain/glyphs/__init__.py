"""How `vision/glyphnet.glyphs` was trained: fonts to classes to glyph bank to weights. Not part of the wheel.

Run from the folder two above this one, in this order::

    python -m pretrain.glyphs.fonts      # FONTS.md: which fonts, which versions, which licences
    python -m pretrain.glyphs.classes    # classes.txt and heldout.txt: which characters
    python -m pretrain.glyphs.bank       # draws every glyph once
    python -m pretrain.glyphs.train      # the weights and glyphs.log.jsonl
    python -m pretrain.glyphs.source_head  # a head of the source's classes, and source_head.log.jsonl
    python -m pretrain.glyphs.evaluate   # the table
"""
