"""Contentstack: the Content Management API's dialect."""
