"""Fellegi-Sunter record linkage: blocking, comparison, estimation, scoring, clustering, resolution."""
