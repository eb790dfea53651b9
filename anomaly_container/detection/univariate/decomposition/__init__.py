"""Decomposition into trend, seasonal component and remainder."""
