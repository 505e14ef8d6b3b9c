"""Export directories of Contentstack's own CLI (csdx), both generations: read into a snapshot, or written from one.

`convert` is what the rest of the program calls. May import providers, drivers and io. Must never talk to a
service, and never write into an export that it reads.
"""
