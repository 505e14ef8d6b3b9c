"""Content types and global fields: what they refer to, rules relaxed for an import, non-localizable fields.

May import `content` and `references`. Must never build a request.
"""
