"""The files of a run folder: layout, locking, journal, result, hashes, and verification against them."""
