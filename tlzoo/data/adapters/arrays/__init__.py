"""``arrays:FILE.npz``: NumPy archives of images and labels."""
