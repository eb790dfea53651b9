"""`python -m anomaly_container` is the command `anomaly-container`."""

import sys

from anomaly_container.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
