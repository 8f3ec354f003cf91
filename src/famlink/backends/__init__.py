"""Where batch work runs."""
