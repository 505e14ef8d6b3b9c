"""stackferry: back up, restore and copy headless-CMS content, losing nothing."""

__version__ = "0.1.0"
