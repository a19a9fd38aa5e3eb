"""Text to vectors: the encoder, its queue and its cache."""
