"""Assets and their files: uploaded once, processed, compared with what the target holds."""
