"""The running process: forks, memory limit, and telemetry of other libraries."""
