"""Events of several agencies grouped into incidents, every account kept."""
