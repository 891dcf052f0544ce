"""Linear heads on kept features, fitted to their optimum instead of descended to it."""
