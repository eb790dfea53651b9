"""Settings: their names, bounds, defaults and sources."""
