"""Export of finished runs: files in other formats, what a stranger needs beside them, and measured differences."""
