"""Tests of stationarity."""
