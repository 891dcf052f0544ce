"""Choice of the samples of an unlabelled pool to label next."""
