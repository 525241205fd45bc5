"""Train the CRF on train, score it on test, and put the figures into the datasheet."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from vistka.agreement import agreement
from vistka.bench.crf import outermost, predict, train
from vistka.documents import read_documents
from vistka.resources import load_labels

DATASHEET = Path("DATASHEET.md")
MARKED = re.compile(r"(<!-- crf; made by `scripts/crf` -->\n).*?(<!-- end -->)", re.S)


def table() -> str:
    """Exact F1 over outermost mentions, in all and by label, with 95 % intervals over documents."""
    documents = list(read_documents(Path("corpus")))
    test = [outermost(doc) for doc in documents if doc.split == "test"]
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "ner.crf"
        train((doc for doc in documents if doc.split == "train"), model)
        found = agreement(zip(test, predict(test, model)), load_labels())
    lines = ["| label | F1 | 95 % interval | in gold | predicted | right |", "|---|---:|---:|---:|---:|---:|"]
    for f in found.figures:
        if f.measure == "F1 exact" and f.first:
            assert f.value is not None and f.low is not None and f.high is not None
            lines.append(
                f"| {f.label} | {f.value:.3f} | {f.low:.3f}–{f.high:.3f} | {f.first} | {f.second} | {f.both} |"
            )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    made = table()
    print(made)
    old = DATASHEET.read_text("utf-8")
    new = MARKED.sub(lambda match: f"{match[1]}\n{made}\n\n{match[2]}", old)
    if made not in new:
        print(f"{DATASHEET}: the marker <!-- crf; made by `scripts/crf` --> is missing", file=sys.stderr)
        return 1
    if options.check:
        return int(new != old)
    DATASHEET.write_text(new, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
