"""Splink's models: its settings JSON read, its SQL conditions understood, its pairs weighed as Splink weighs them."""
