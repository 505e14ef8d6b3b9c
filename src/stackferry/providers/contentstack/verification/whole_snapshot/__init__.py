"""Whether a snapshot hangs together, though its files are as its manifest lists them.

May import what its parent may. Must never call a snapshot damaged that a service could have answered: every check needs
a sign that the record belongs elsewhere, and a record that merely lacks something is none.
"""

from stackferry.providers.contentstack.verification.whole_snapshot.inconsistencies import inconsistencies

__all__ = ["inconsistencies"]
