"""python -m vistka."""

from vistka.cli import main

main()
