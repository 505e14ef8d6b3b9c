"""Deleting what the target has and the snapshot has not: what that is, a last look at it, the deletions.

Pure.
"""
