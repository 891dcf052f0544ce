"""Benchmarks of backbones on this machine: load time, latency, throughput and memory, measured and stored."""

from tlzoo.zoo.benching.machine import Machine, this_machine
from tlzoo.zoo.benching.measurements import Measurement, append_measurement, latest, measurements, measurements_path

__all__ = [
    "Machine",
    "Measurement",
    "append_measurement",
    "latest",
    "measurements",
    "measurements_path",
    "this_machine",
]
