"""The store goes away in the middle: nothing is lost or doubled, and the container says that it is not ready.

The smallest example: the link to the store is cut, `/readyz` is 503; it is mended, `/readyz` is 200.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tests.support.cloud import ENVIRONMENT
from tests.system.batches.audit import Place, audit, put, wait_until_published
from tests.system.batches.containers import container
from tests.system.batches.link import link_to
from tests.system.batches.s3_server import s3_server
from tests.system.batches.tables import tables
from tests.system.metering import receiver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.support.scale import Scale

SECONDS = 90.0


def test_nothing_is_lost_or_doubled(
    tmp_path: Path, scale: Scale, record_property: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    made, away = tables(scale.of(30, 300)), scale.of(5.0, 60.0)
    names = list(made)
    with (
        s3_server() as served,
        link_to(served.endpoint) as link,
        receiver(tmp_path / "books") as books,
    ):
        bucket = served.bucket()
        direct, linked = (Place(f"s3://{bucket}", url) for url in (served.endpoint, link.url))
        words = [*linked.words, "Batches:Intake=poll", "Batches:PollSeconds=1"]
        with container(tmp_path / "c", words, ENVIRONMENT, billing=books.url) as one:
            asyncio.run(put(direct, {key: made[key] for key in names[: len(names) // 2]}))
            asyncio.run(wait_until_published(direct, 1, SECONDS))
            link.cut()
            began = time.monotonic()
            asyncio.run(put(direct, {key: made[key] for key in names[len(names) // 2 :]}))
            one.wait_for(503, SECONDS)
            refused = time.monotonic() - began
            assert one.status("livez") == 200
            time.sleep(max(0.0, away - (time.monotonic() - began)))
            link.mend()
            began = time.monotonic()
            one.wait_for(200, SECONDS)
            served_again = time.monotonic() - began
            asyncio.run(wait_until_published(direct, len(made), SECONDS))
            done = time.monotonic() - began
        asyncio.run(audit(direct, made))
    record_property(
        "shown",
        f"batches, {scale.name}: store away for {away:.0f} s: 503 after {refused:.1f} s; "
        f"200 {served_again:.1f} s and all {len(made)} tables done {done:.1f} s after it was back",
    )
