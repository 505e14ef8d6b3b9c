"""The taxonomies of an import: their terms, the order of these, and their names in other languages.

Must never write an entry, or where a taxonomy is live.
"""
