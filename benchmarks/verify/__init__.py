"""Scripted edits of the example: which does the product's own check let pass?"""
