"""Run the committed baselines, write benchmarks/results.jsonl and the tables made of it; `--check` compares."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import msgspec
from msgspec.structs import replace

from vistka.bench.board import Result, read_results, result, tables
from vistka.bench.data import load
from vistka.bench.run import Plan, run
from vistka.bench.systems import SYSTEMS, TASKS
from vistka.findings import VistkaError
from vistka.resources import load_labels
from vistka.tables import between_markers

RESULTS = Path("benchmarks/results.jsonl")
PAGES = (Path("BENCHMARK.md"), Path("DATASHEET.md"))
RUNS = Path("build/runs")
SEEDS = (0, 1, 2)
PREDICTED = RUNS / "ner-crf-morph-s0"
BASELINES = (
    Plan("ner", "gazetteer"),
    Plan("ner", "gazetteer", "lemma"),
    Plan("ner", "crf"),
    Plan("ner", "crf", "morph"),
    Plan("ner", "spacy"),
    Plan("relations", "majority"),
    Plan("relations", "logistic"),
    Plan("relations", "logistic", mentions=str(PREDICTED)),
    Plan("stance", "majority"),
    Plan("stance", "logistic"),
)
"""The mentions that relations are predicted from are those of an earlier plan."""
PLANS = [
    replace(plan, seed=seed) for plan in BASELINES for seed in (SEEDS if SYSTEMS[plan.system].random else SEEDS[:1])
]


def name(plan: Plan) -> str:
    return f"{plan.system}:{plan.argument}" if plan.argument else plan.system


def folder(plan: Plan) -> Path:
    from_mentions = "-predicted" if plan.mentions else ""
    return RUNS / f"{plan.task}-{name(plan).replace(':', '-')}{from_mentions}-s{plan.seed}"


def command(plan: Plan) -> str:
    """What a reader types for the same run."""
    words = ["vistka", "bench", "run", "--task", plan.task, "--system", name(plan), "--data", "corpus"]
    words += ["--seed", str(plan.seed)] if plan.seed else []
    words += ["--mentions", plan.mentions] if plan.mentions else []
    return shlex.join(words)


def made(plan: Plan) -> Result:
    record, scores = run(plan, load("corpus"), load_labels(), folder(plan))
    return result(record, scores, command(plan), "those of crf:morph" if plan.mentions else "gold")


def encoded(results: list[Result]) -> bytes:
    return b"".join(msgspec.json.encode(one) + b"\n" for one in results)


def page(path: Path, results: list[Result]) -> str:
    """The page with its tables made anew."""
    made = {task: tables(results, task) for task in TASKS}
    return between_markers(path.read_text("utf-8"), made, path, "scripts/benchmark")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only see that the tables are made of the results")
    parser.add_argument("--only", metavar="TEXT", help="run the baselines whose command holds TEXT, and compare")
    options = parser.parse_args()
    known = read_results(RESULTS) if RESULTS.exists() else []
    if options.check:
        drifted = [path for path in PAGES if page(path, known) != path.read_text("utf-8")]
        for path in PAGES:
            print(f"{path}: {'not made of' if path in drifted else 'made of'} the {len(known)} lines of {RESULTS}")
        return int(bool(drifted))
    ours = {one.command: one for one in known if one.by == "Vistka"}
    changed = False
    for plan in PLANS:
        if options.only and options.only not in command(plan):
            continue
        new = made(plan)
        same = ours.get(new.command) == new
        changed |= not same
        ours[new.command] = new
        print(f"{'reproduced' if same else 'changed   '}  {new.command}", flush=True)
    kept = [ours[command(plan)] for plan in PLANS if command(plan) in ours]
    results = [*kept, *(one for one in known if one.by != "Vistka")]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_bytes(encoded(results))
    for path in PAGES:
        path.write_text(page(path, results), "utf-8", newline="\n")
    return int(changed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except VistkaError as error:
        sys.exit(f"scripts/benchmark: {error}")
