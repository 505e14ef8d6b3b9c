"""One package per system, and what every system must offer: `source`, `target`, `system`.

A provider builds requests and reads answers. May import core and the vocabulary. Must never open a connection or a
file, read a clock, or import another provider.
"""
