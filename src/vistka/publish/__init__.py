"""The published dataset: features, tables, Parquet, card, Croissant, and the build that puts them together."""
