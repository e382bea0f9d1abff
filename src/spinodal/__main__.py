"""The command line as a module: `python -m spinodal`, which torchrun starts, too."""

from .cli.main import main

if __name__ == "__main__":
    main()
