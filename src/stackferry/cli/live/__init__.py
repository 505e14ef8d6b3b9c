"""Commands on a live place: `entry`, `release` and `bulk`, whose commands are each system's own."""

from __future__ import annotations
