"""`python -m inkling.service` is `inkling serve`."""

import sys

from inkling.service.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
