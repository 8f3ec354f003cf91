"""One kind of field a module: cleaned beside the original, with a reason for every cell that became empty."""
