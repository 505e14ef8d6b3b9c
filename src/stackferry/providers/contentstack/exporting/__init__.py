"""Which requests an export sends, and in which order: listings, versions, incremental exports, selection.

May import `schema`, `content` and `references`. Must never build a write.
"""
