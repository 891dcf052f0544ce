"""Training of causal transformers: rows, steps, phases, perplexity and the trainer."""
