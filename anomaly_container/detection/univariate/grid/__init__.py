"""Points on a regular grid."""
