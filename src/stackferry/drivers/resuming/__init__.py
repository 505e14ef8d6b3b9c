"""What an import finds that an earlier run has left: objects that were deleted since, changes that are to be undone.

May import what the drivers may. Must never take for gone what one look alone does not show.
"""
