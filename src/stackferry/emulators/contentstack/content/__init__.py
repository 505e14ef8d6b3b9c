"""What entries hold, read by the schema of their content type: storing, checking, linking, rendering.

Imports the state and the values beside it, never a resource.
"""
