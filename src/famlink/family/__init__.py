"""What each person is to each other: relations, households, graph."""
