"""The commands on a live Contentful space: `release` and `bulk`."""

from __future__ import annotations
