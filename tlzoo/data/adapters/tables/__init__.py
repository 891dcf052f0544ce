"""Tables: CSV, TSV, JSON Lines and Parquet, read with bounded memory."""

from tlzoo.data.adapters.tables.adapter import table
from tlzoo.data.adapters.tables.unlabelled import table_columns, table_inputs

__all__ = ["table", "table_columns", "table_inputs"]
