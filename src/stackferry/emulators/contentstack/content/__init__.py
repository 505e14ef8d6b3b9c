"""What entries hold, read by the schema of their content type: shaping, checking, linking, rendering."""
