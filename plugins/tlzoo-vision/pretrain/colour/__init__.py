"""How `vision/colournet.artwork` was trained: Debian's artwork to a bank of pictures with words, to weights.

Run from the folder two above this one, in this order; `packages.txt` has the Debian packages of the artwork,
`evaluation-packages.txt` those of the pictures that it is judged on::

    python -m pretrain.colour.bank        # renders every picture once
    python -m pretrain.colour.recipes     # compares ways of training with equal budgets
    python -m pretrain.colour.train       # the weights and artwork.log.jsonl
    python -m pretrain.colour.evaluate    # the tables
    python -m pretrain.colour.card        # the card
"""
