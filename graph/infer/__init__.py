"""Types of expressions as far as the source tells, and the mentions linked on the way.

The walk over a body mirrors how rustc sees it: top to bottom, with variables for types found out
later, and expected types pushed inwards. Where a receiver's type isn't known the call stays
unlinked. One class, built up floor by floor: mentions, patterns, values, calls, body.
"""

from .body import BodyTyper
from .mentions import Link, Miss

__all__ = ["BodyTyper", "Link", "Miss"]
