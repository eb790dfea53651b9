"""The regular grid: slots of timestamps, and imputation of empty ones."""
