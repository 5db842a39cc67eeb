"""``python -m gateway`` is ``genkan``."""

from gateway.cli import main

if __name__ == "__main__":
    main()
