"""``python -m famlink``: the same as the command ``famlink``."""

from famlink.cli import main

if __name__ == "__main__":
    main()
