"""Downloads into the cache: checked, unpacked, published whole."""
