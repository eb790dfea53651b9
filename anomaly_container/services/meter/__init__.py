"""The embedded metering endpoint."""
