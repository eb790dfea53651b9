"""The command `batches`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from anomaly_container.cli.verbs import Verb, VerbCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "score": Verb("score files without a store"),
        "backfill": Verb("score every object of the store that is not in the ledger", needs_licence=True),
        "retry": Verb("list dead letters, or have workers try them again"),
        "recount": Verb("correct the totals by the summaries of the store"),
        "reset": Verb("begin the baseline of a channel, or of all, anew"),
        "produce": Verb("write files of sample sensors to the store"),
    }
)
"""The verbs; each is a module beside this one with `add_arguments` and `run`."""
COMMAND: Final = VerbCommand("batches", VERBS, __package__, example="Url=file:///data")
add_arguments = COMMAND.add_arguments
run = COMMAND.run
