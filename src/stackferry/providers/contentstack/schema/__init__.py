"""Content types and global fields: rules relaxed for a replay, fields that are the same in every language.

May import `content` and `references`. Must never build a request.
"""
