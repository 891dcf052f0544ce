"""Models on Kaggle: `server` has addresses and credentials, `model` versions and their files."""
