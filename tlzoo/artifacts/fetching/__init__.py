"""Downloads into the cache: verified, unpacked, and published atomically."""
