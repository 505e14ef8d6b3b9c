"""The plan of an import: definitions and releases made anew in another project, and nothing of it started. Pure."""
