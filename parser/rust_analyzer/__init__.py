"""rust-analyzer as an expert in the next room: asked over LSP, never waited for by others."""
