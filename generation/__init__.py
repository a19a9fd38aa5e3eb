"""Prompt to model to edit. Knows nothing of LSP or storage."""
