"""Run the command line as ``python -m onecity.cli``."""

from . import main

main()
