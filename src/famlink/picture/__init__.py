"""The single product a meeting reads, as data and as files."""
