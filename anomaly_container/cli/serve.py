"""The commands that start a service: `serve` and `meter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anomaly_container.process import launch

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SERVE: Final = "serve"
"""Starts the service that the setting `Service` names; every other command is the name of a service."""


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("settings", nargs="*", metavar="Key=Value")


def run(arguments: Namespace) -> int:
    """Start the service, and return an exit code if it could not start or has ended."""
    return launch.serve(arguments.settings, None if arguments.command == SERVE else arguments.command)
