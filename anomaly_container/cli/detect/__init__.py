"""What `anomaly-container detect` does: read series from files, ask, print and plot."""
