"""Whether a target holds what a snapshot holds, field by field: what verify and diff report.

May import the rooms below `importing`. Must never import `importing` or `content/publications`: what the plans infer
is judged here from outside, by what the documents of both sides list.
"""

from stackferry.providers.contentstack.verification.equality import Equality

__all__ = ["Equality"]
