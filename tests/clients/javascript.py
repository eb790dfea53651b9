"""The JavaScript clients, asked in a process of node."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from tests.clients import questions
from tests.clients.npm import SCRIPTS, packages

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

# Of each script, the version of the API that its client speaks, and whether severity is answered.
CLIENTS: Final = {
    "v1_0": ("v1.0", False),
    "v1_1_preview_1": ("v1.1-preview.1", True),
    "v1_1": ("v1.1", True),
}


def ask(
    script: str,
    endpoint: str,
    asked: Mapping[str, object],
    *,
    key: str = "any",
    environ: Mapping[str, str] | None = None,
    **options: object,
) -> subprocess.CompletedProcess[str]:
    """Put questions to one of `CLIENTS`; only that of v1.1 takes options."""
    node = shutil.which("node")
    assert node is not None
    words = [node, str(SCRIPTS / f"{script}.cjs")]
    environ = {"NODE_PATH": str(packages()), **(environ or {})}
    return questions.ask(words, {"endpoint": endpoint, "key": key, "options": options}, asked, environ)
