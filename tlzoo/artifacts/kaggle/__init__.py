"""Models on Kaggle."""
