"""Source bytes to facts: items, references, problems; Cargo metadata. Knows nothing of storage."""
