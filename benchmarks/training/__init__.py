"""Makes the Rust-tuned embedding model: mines pairs from open crates, trains on them, exports."""
