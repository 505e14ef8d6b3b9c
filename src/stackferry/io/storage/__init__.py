"""Files and SQLite: snapshots, checkpoints, the staging store, asset bytes, locks.

May import `core` and the vocabulary. Must never open a network connection, or know what a record means.
"""
