"""Files and folders: atomic writes, locks, and the locations of caches and settings."""
