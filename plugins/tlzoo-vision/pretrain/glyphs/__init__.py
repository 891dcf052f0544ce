"""Training of `vision/glyphnet.glyphs`: fonts, classes, glyph bank, weights. Not part of the wheel.

Run these commands in `plugins/tlzoo-vision`, in this order::

    python -m pretrain.glyphs.fonts      # FONTS.md: fonts, versions, licences
    python -m pretrain.glyphs.classes    # classes.txt and heldout.txt: characters
    python -m pretrain.glyphs.bank       # draws every glyph once
    python -m pretrain.glyphs.train      # the weights and glyphs.log.jsonl
    python -m pretrain.glyphs.source_head  # the source head, and source_head.log.jsonl
    python -m pretrain.glyphs.evaluate   # the table
"""
