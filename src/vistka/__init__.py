"""Vistka: an annotated corpus of Ukrainian news and the tools that keep it honest."""

__version__ = "0.1.0"
