"""The JSON file of contentful-export, of any age, with or without the files of its assets: read, or written.

`convert` is what the rest of the program calls. May import providers, drivers and io. Must never talk to a service, and
never write into what it reads.
"""
