"""Converters: one module a format, each with `parse`, `render` and `LOSES`."""
