"""The verbs of the command `batches`, one file each."""
