"""The export directories of the vendor's own Contentstack CLI (csdx), every generation of it.

May import providers, drivers and io. Must never talk to a service.
"""
