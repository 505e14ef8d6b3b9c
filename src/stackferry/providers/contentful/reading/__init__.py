"""A space in words for people: fields by their names, rich text as text, what is linked by its title.

May import `content`. Must never decide anything: exports, imports and comparisons do not ask here.
"""
