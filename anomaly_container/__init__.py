"""An open, self-hosted stand-in for the Azure Anomaly Detector service and container."""

__version__ = "0.2.0"
