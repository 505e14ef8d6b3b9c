"""Where tests find the repository and the real exports beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_exports"
SHARED = (ROOT / "../shared").resolve()
CONTENTSTACK_EXPORTS = SHARED / "datasets" / "contentstack"
