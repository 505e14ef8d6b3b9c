"""Commands of Azure DevOps alone: its releases on a live project, and its demo."""

from __future__ import annotations
