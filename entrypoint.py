"""Start the server as the container does: `python entrypoint.py Eula=accept Billing=<URI> ApiKey=<key>`.

If the first word is a command, that command runs: `python entrypoint.py batches score FILE`.
"""

import runpy
import sys

from anomaly_container.process.launch import COMMANDS, serve

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in COMMANDS:
        runpy.run_module("anomaly_container", run_name="__main__")
    sys.exit(serve(sys.argv[1:]))
