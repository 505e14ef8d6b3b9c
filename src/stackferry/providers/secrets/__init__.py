"""Credentials inside content: which values are some, and what stands in a snapshot instead.

Knows shapes and names of keys, and no vendor. Pure.
"""
