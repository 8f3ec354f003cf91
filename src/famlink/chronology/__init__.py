"""Released events merged, dated and filtered."""
