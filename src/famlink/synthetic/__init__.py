"""Families with truth, and the extracts agencies would make of them."""
