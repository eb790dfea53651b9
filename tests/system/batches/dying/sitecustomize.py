"""A fault point for the container: its process kills itself after some steps of a batch, once after each.

Python imports this module at its start if its folder is in `PYTHONPATH`. `FATES` names a folder, in which the
file `may-die-at-3` allows one death after step 3; it is then called `died-at-3`.
"""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anomaly_container.services.batches import service
from anomaly_container.services.batches.parts import Surroundings

if TYPE_CHECKING:
    from anomaly_container.services.batches.steps import Step

FATES = Path(os.environ["FATES"])


def die(step: Step) -> None:
    """End the process, as if the power failed."""
    try:
        (FATES / f"may-die-at-{step:d}").rename(FATES / f"died-at-{step:d}")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


service.Surroundings = partial(Surroundings, reached=die)  # type: ignore[attr-defined,assignment]  # nobody else gives it
