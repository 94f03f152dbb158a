"""Starts the web app; everything else lives in ``src/kqa``."""

from kqa.surfaces.cli import serve

if __name__ == "__main__":
    serve()
