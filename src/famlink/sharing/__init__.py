"""The wall: what one viewer may see of a run, decided by policy and consent."""
