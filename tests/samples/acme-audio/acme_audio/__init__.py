"""Audio as a modality of tlzoo."""
