"""Tables: CSV and its kin, read with bounded memory."""

from tlzoo.data.tables.adapter import table

__all__ = ["table"]
