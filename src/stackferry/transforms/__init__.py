"""What changes documents on their way into a snapshot: the contract of a transform, and those that are shipped.

Pure: a transform sees a document and what it is, and gives a document or nothing. It may import the vocabulary and
`core`; never a system, a file, a clock or a source of randomness. What its documents are, each system says in its own
`documents.py`. Which module a name means is found out by `library/transforming.py`; `drivers/transforming.py` applies
transforms to what is staged.
docs/transforms.md describes all of it.
"""
