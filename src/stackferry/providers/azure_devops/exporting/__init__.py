"""The plan of an archive: what is read, in which order, and what an earlier archive gives. Pure."""
