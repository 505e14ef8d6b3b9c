"""HTTP: one session per place, with rate limits, retries, redaction and streamed uploads and downloads.

May import `core`, the rest of `io` and the vocabulary; httpx is imported here alone. Must never know a vendor, a
snapshot or a checkpoint, and never log a credential.
"""
