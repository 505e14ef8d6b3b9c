"""Spaces made of what is on disk, or made up: for tests, and for `stackferry emulate`."""
