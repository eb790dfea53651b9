"""The verbs of the command `streams`, one file each."""
