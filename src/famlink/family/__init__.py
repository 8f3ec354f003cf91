"""What each person is to each other: relations, households, the family graph, and relations named in English."""
