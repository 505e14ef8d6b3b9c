"""Publishing: what goes into one bulk action, how its outcome is told item by item, and what is published singly."""
