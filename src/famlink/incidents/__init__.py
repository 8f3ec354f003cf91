"""Events of several agencies grouped into incidents, all accounts kept."""
