"""Contentstack: requests and answers of its Content Management API.

The folders import each other in one direction: `kinds … connection` < `requests` < `references` < `content` <
`schema` < `exporting` < `matching` < `importing` < `request_minimum`, `verification`, `system` (tests/test_floors.py).
"""
