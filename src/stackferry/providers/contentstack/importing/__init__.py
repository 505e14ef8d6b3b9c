"""What an import writes, and in which order: one module per kind of object.

May import `matching` and the rooms below it. Must never compare two stacks: that is `verification`.
"""
