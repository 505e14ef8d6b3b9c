"""The outside world: HTTP, files and SQLite, the clock, configuration.

May import core and the vocabulary. Must never know a vendor or decide what is read or written.
"""
