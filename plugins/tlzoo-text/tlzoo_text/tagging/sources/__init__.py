"""Sources of tagged texts: ``conll:`` and ``spans:``."""
