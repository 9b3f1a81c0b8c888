"""`python -m service` is `inkling serve`."""

import sys

from service.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
