"""stackferry beside the vendor's exporter and importer of Contentful, on the emulator.

A package of its own, because the vendor's tools of Contentful have another command line, speak only TLS, and have no
second backup. It imports from the benchmarks of Contentstack what is the same, never the reverse.
"""
