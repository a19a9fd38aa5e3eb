"""What the store says of the workspace's files, kept in memory by the process that writes it."""

from __future__ import annotations

from .model import FileRecord


class Files:
    """File records by path, with what is told of all of them together."""

    def __init__(self, records: dict[str, FileRecord]) -> None:
        self.records: dict[str, FileRecord] = {}
        self.troubled: dict[str, FileRecord] = {}
        """Those with problems."""
        self.lines = 0
        """Of Rust."""
        for record in records.values():
            self.put(record)

    def hash_of(self, path: str) -> bytes | None:
        """The content hash of a file; None where it isn't known."""
        record = self.records.get(path)
        return record.hash if record is not None else None

    def put(self, record: FileRecord) -> None:
        """Add or replace a record."""
        self.remove(record.path)
        self.records[record.path] = record
        if record.problems:
            self.troubled[record.path] = record
        if record.path.endswith(".rs"):
            self.lines += record.lines

    def remove(self, path: str) -> None:
        """Take a record out, where there is one."""
        old = self.records.pop(path, None)
        self.troubled.pop(path, None)
        if old is not None and path.endswith(".rs"):
            self.lines -= old.lines
