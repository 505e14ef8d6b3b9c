"""What an unfinished import had made and somebody has deleted since: what is gone, and what is forgotten for it.

An object is made anew under its id, or under a new one where the service chooses ids. Must never make anew what the
target held before the import: that is told.
"""
