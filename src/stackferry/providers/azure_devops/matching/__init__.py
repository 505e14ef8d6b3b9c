"""Which object of a target is which of the source, and what a definition points at there. Pure."""
