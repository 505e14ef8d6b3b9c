"""Who is who: which object of the target is which object of the source.

May import `exporting` and the rooms below it. Must never build a write.
"""
