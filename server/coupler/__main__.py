"""`python -m coupler` is the command `coupler`."""

from coupler.cli import main

if __name__ == "__main__":
    main()
