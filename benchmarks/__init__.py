"""Measures stackferry beside the vendor's own CLI, on the emulator. `python -m benchmarks`; see README.md."""
