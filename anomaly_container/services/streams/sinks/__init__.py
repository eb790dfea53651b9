"""The receivers of outputs, one kind a file."""
