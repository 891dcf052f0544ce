"""Files and folders: atomic writes, locks, the places of caches and settings."""
