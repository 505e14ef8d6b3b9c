"""Whether definitions and releases that were made anew in another project are equal, by names in place of ids. Pure."""
