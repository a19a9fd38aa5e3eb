"""One file per LSP request: decode, ask, encode."""
