"""A stack in words for people: fields by their display names, rich text as text, environments by name.

May import `references` and `content`. Must never decide anything: exports, imports and comparisons do not ask here.
"""
