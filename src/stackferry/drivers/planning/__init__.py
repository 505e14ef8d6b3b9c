"""What an import would do: the dry run, the plan as a file, and whether a plan still holds when it is applied.

May import what the drivers may. Must never send a write.
"""
