"""Agencies' files in, records, ties, events and rejects out."""
