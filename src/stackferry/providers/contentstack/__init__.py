"""Contentstack: requests and answers of its Content Management API.

The rooms import each other in one direction: `values … connection` < `references` < `content` < `schema` <
`exporting` < `matching` < `importing` < `request_minimum`, `verification`, `system` (tests/test_floors.py).
"""
