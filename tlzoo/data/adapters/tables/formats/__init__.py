"""The file formats of tables, read row by row."""
