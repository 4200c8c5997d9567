"""`python -m clientportal`."""

import sys

from clientportal.cli import main

if __name__ == "__main__":
    sys.exit(main())
