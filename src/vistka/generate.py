"""Makes the parts of `schema/` that follow from `labels.json`: the enums of the shared definitions."""

from __future__ import annotations

import json

from vistka.resources import load_labels, schema_dir, with_enums


def defs_schema() -> str:
    """The text that `schema/defs.schema.json` must have."""
    current = json.loads((schema_dir() / "defs.schema.json").read_text("utf-8"))
    return json.dumps(with_enums(current, load_labels()), ensure_ascii=False, indent=2) + "\n"
