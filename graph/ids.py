"""Node ids: the same item has the same id in every process and on every machine.

16 bytes: the first 8 of ``blake3("crate::module::path")``, then the first 8 of
``blake3(kind, owner, name, ordinal)``. So all items of a module are one key range, an edit
elsewhere in the file moves no id, and what ``cfg`` defines twice under one name is told apart by
its ordinal. The crate is ``name@version`` for dependencies and ``name`` for the workspace's own, so
that a version bump renames nothing.
"""

from __future__ import annotations

from blake3 import blake3

ID_BYTES = 16
HASH_BYTES = 16


def module_key(path: str) -> bytes:
    """The first half of the ids of everything in a module; ``path`` starts with the crate."""
    return blake3(path.encode()).digest(8)


def node_id(module: bytes, kind: str, owner: str, name: str, ordinal: int) -> bytes:
    """The id of one item, from its module's key."""
    # A NUL can't occur in any of the parts, so they can't run into each other.
    return module + blake3(f"{kind}\0{owner}\0{name}\0{ordinal}".encode()).digest(8)


def content_hash(text: bytes) -> bytes:
    """16 bytes of blake3; what is derived from a text is cached under this."""
    return blake3(text).digest(HASH_BYTES)
