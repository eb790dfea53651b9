"""The command `detect`: read series from files, detect, print and plot."""
