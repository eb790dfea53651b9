"""Trend, season and remainder."""
