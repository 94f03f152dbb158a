"""Starts the web app; everything else lives in ``src/kqa``."""

import sys

from kqa.surfaces.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
