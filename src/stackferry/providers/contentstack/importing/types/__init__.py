"""Content types and global fields: in which order they are written, and with which rules while entries are.

This package must never write an entry.
"""
