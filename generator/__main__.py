"""`python -m generator` is `spot-runner`."""

from generator.cli import main

main()
