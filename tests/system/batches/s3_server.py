"""S3 and SQS by moto, in a process of their own; this module is also the program."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.cloud import Cloud
from tests.support.samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def s3_server() -> Iterator[Cloud]:
    """Serve on a free port until the block ends."""
    process = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, "-m", __name__],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Cloud(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Serve, and print the port."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  # only this process needs it
        DomainDispatcherApplication,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415  # as above

    application = DomainDispatcherApplication(create_backend_app)
    turn = threading.Lock()

    def conditional_writes_are_atomic(environ: dict[str, Any], start: Any) -> Any:  # noqa: ANN401  # WSGI
        # moto looks at the condition of a write and writes in two steps; S3 does so in one.
        if environ["REQUEST_METHOD"] != "PUT":
            return application(environ, start)
        with turn:
            return application(environ, start)

    server = make_server("127.0.0.1", 0, conditional_writes_are_atomic, threaded=True)
    print(server.server_port, flush=True)  # noqa: T201  # a program
    server.serve_forever()


if __name__ == "__main__":
    main()
