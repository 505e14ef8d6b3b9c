"""Publish state: single and bulk publishing, variants, scheduled publishing.

Same rules as `importing`.
"""
