"""The outside world, one impure thing a module: disk, network, clock, settings."""
