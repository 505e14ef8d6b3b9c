"""How listings are read: page by page, by offset or by cursor, and once more at the end; and reads that fail."""
