"""How good the edges are, judged by rust-analyzer's own index."""
