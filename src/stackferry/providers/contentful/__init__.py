"""Contentful: how a space's environment is read, written and compared through the Content Management API.

May import the vocabulary, `core` and the protocols of `providers`; never `io`, an event loop, another system, or the
emulator. The order of its rooms is held by `tests/test_floors.py`.
"""
