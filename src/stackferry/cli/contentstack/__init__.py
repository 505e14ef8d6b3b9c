"""The commands for a live Contentstack stack: `entry`, `release`, `bulk`.

They may import the API clients of `providers.contentstack.api`. They must never read or write a snapshot.
"""
