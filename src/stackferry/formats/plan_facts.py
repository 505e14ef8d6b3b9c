"""What else a plan knows of an object that is written, in words, in the order in which it is said."""

from __future__ import annotations

from typing import Final

FACTS: Final = {
    "release": "in release {}",
    "variant": "variant {}",
    "version": "version {}",
    "scheduled": "to {}",
    "environment": "in {}",
    "stage": "to stage {}",
    "name": "as {}",
    "scheduled_at": "at {}",
    "terms": "with {} terms",
    "when_deployed": "to {}",
}
"""By the key of a row of `--plan`."""
