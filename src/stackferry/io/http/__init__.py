"""HTTP: one session per place, with rate limits, retries, redaction and multipart bodies.

May import `core` and the vocabulary. Must never know a vendor, a snapshot or a checkpoint.
"""
