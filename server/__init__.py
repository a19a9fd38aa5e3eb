"""Talks to the world: LSP and the command line; owns configuration, files, watching, threads."""
