"""The running process: forks, its memory limit, usage reports of other libraries."""
