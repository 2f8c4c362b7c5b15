"""`python -m swreg`."""

import sys

from swreg.cli import main

if __name__ == "__main__":
    sys.exit(main())
