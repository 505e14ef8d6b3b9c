"""The requests of an archive: reads of the release area and of the lists that definitions point at."""
