"""What staged rows mean: documents and their locales, what is published where, which versions are pinned.

May import `references`. Must never build a request.
"""
