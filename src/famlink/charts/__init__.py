"""Models, evaluations and check reports as offline pages with plots: numbers and names of columns, no people."""
