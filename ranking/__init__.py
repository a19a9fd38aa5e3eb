"""A task to seeds, expansion, ranked items and a context within a token budget."""
