"""What a person or a program sees of a run while it goes on.

Must never print where --quiet or --json leave nothing to print.
"""
