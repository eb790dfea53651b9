"""Start the server as the container does: `python entrypoint.py Eula=accept Billing=<URI> ApiKey=<key>`."""

import sys

from anomaly_container.process.launch import serve

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
