"""The speed table: our work against peers on the same generated documents, in the same run.

Figures are ratios of medians; absolute seconds say more of the machine than of the program.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

WORDS = """
уряд область президент міністерка закон угода гроші вода п'ять компанія порт судно зерно прем'єрка газ струм мережа
мільярдів повідомили рішення засідання комітет вчора сьогодні підписали громада лікарня школа міст дорога енергетика
""".split()  # noqa: SIM905
NAMES = """
Київ Львів Одеса Харків Укренерго Нафтогаз Свириденко Кулеба Шмигаль Дніпро Полтава Єврокомісія
""".split()  # noqa: SIM905
LABELS = ("PERS", "ORG", "LOC", "DATE", "MON", "JOB")
SHARDS = 10
_LENGTH = 200


def generated(number: int) -> dict[str, Any]:
    """A valid document record of about 2.5 kB of text (UTF-8), 40 mentions, 15 relations, 5 stances."""
    random = Random(number)
    words: list[str] = []
    mentions: list[dict[str, Any]] = []
    offset = 0
    for place in range(_LENGTH):
        first, last = place % 13 == 0, place % 13 == 12
        named = place % 5 == 2 and len(mentions) < 40
        word = random.choice(NAMES if named else WORDS)
        word = word[0].upper() + word[1:] if first else word
        if named:
            label = LABELS[len(mentions) % len(LABELS)]
            mention = {"id": f"m{len(mentions) + 1}", "label": label, "start": offset, "end": offset + len(word)}
            mention["text"] = word
            if label in LABELS[:3]:
                mention["entity"] = f"e{len(mentions) % 24}"
            mentions.append(mention)
        if place == _LENGTH - 1:
            word += "."
        elif last:
            word += ".\n" if place % 52 == 51 else ". "
        else:
            word += " "
        words.append(word)
        offset += len(word)
    named_mentions = [m for m in mentions if "entity" in m]
    people = [m for m in named_mentions if m["label"] == "PERS"]
    bodies = [m for m in named_mentions if m["label"] != "PERS"]
    facts = sorted({(p["entity"], b["entity"]): (p["id"], b["id"]) for p in people for b in bodies}.values())
    random.shuffle(facts)
    relations = [
        {"id": f"r{i}", "label": "AFFILIATED_WITH", "head": head, "tail": tail}
        for i, (head, tail) in enumerate(sorted(facts[:15], key=lambda f: (int(f[0][1:]), int(f[1][1:]))), 1)
    ]
    text = "".join(words)
    stances = []
    for i in range(5):
        holder, target = people[i % len(people)], bodies[2 * i]
        expression = text[mentions[7 * i]["end"] + 1 :].split(maxsplit=1)[0].rstrip(".")  # a word after a mention
        start = text.index(expression, mentions[7 * i]["end"] + 1)
        span = {key: holder[key] for key in ("start", "end", "text")}
        about = {key: target[key] for key in ("start", "end", "text")}
        stances.append(
            {
                "id": f"s{i + 1}",
                "polarity": ("support", "oppose", "neutral")[i % 3],
                "attribution": "reported",
                "holder": {**span, "mention": holder["id"]},
                "target": {**about, "mention": target["id"]},
                "expression": {"start": start, "end": start + len(expression), "text": expression},
            }
        )
    source = {"url": "https://one.example/a", "publisher": "Перше", "published": None}
    return {
        "schema": "vistka/document/1",
        "doc_id": f"2025-01-01-d{number:07d}",
        "metadata": {
            "schema": "vistka/metadata/1",
            "title": f"Стаття {number}",
            "language": "uk",
            "published": "2025-01-01",
            "publisher": "Vistka",
            "url": None,
            "topic": "economy",
            "genre": "report",
            "story": f"story-{number}",
            "origin": "written",
            "sources": [source, {**source, "url": "https://two.example/b"}],
            "licence": "CC-BY-4.0",
        },
        "text": text,
        "entities": [
            {"id": entity, "name": name}
            for entity, name in {m["entity"]: m["text"] for m in reversed(named_mentions)}.items()
        ],
        "mentions": mentions,
        "relations": relations,
        "stances": stances,
        "split": ("train", "train", "train", "train", "train", "train", "train", "validation", "test", "test")[
            number % 10
        ],
    }


def write_shards(folder: Path, count: int) -> list[bytes]:
    """Canonical shards in `folder`; returns the lines of the first two thousand documents."""
    from vistka.io import decode, encode_line, in_order
    from vistka.model import Document

    folder.mkdir(parents=True)
    lines = []
    per_shard = -(-count // SHARDS)
    for shard in range(SHARDS):
        with (folder / f"part-{shard:02d}.jsonl").open("wb") as file:
            for number in range(shard * per_shard, min(count, (shard + 1) * per_shard)):
                raw = json.dumps(generated(number), ensure_ascii=False).encode()
                line = encode_line(in_order(decode(raw, Document)))
                file.write(line + b"\n")
                if len(lines) < 2000:
                    lines.append(line)
    return lines


def interleaved(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each task, run in turn so that drift of the machine touches all alike."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            started = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) for name, found in times.items()}


def peers(lines: list[bytes]) -> dict[str, Callable[[], object]]:
    """What is timed, as functions over all lines."""
    import jsonschema
    import jsonschema_rs
    import orjson
    from pydantic import TypeAdapter

    from vistka.io import decode
    from vistka.model import Document
    from vistka.resources import load_labels, load_schema
    from vistka.validate.records import LineReader, Where

    labels = load_labels()
    schema = load_schema("document", labels)
    reader = LineReader(labels)
    where = Where(Path("part.jsonl"), 1)
    slow, fast = jsonschema.Draft202012Validator(schema), jsonschema_rs.validator_for(schema)
    typed = TypeAdapter(pydantic_document())
    few = lines[: max(1, len(lines) // 40)]

    def each(function: Callable[[bytes], object], over: list[bytes] = lines) -> Callable[[], None]:
        """Call the function on every line and keep nothing: what is kept would weigh on the garbage collector."""

        def run() -> None:
            for line in over:
                function(line)

        return run

    return {
        "json.loads": each(json.loads),
        "orjson.loads": each(orjson.loads),
        "msgspec decode alone": each(lambda line: decode(line, Document)),
        "vistka: schema, spans, links": each(lambda line: reader.read(line, where)),
        "orjson + jsonschema-rs, shape only": each(lambda line: fast.is_valid(orjson.loads(line))),
        "pydantic, shape only": each(typed.validate_json),
        "orjson + jsonschema, shape only (1/40)": each(lambda line: slow.is_valid(orjson.loads(line)), few),
    }


def pydantic_document() -> Any:
    """The document record as pydantic models with the same types."""
    from pydantic import create_model

    span: dict[str, Any] = {"start": (int, ...), "end": (int, ...), "text": (str, ...)}
    anchored = create_model("Anchored", **span, mention=(str | None, ...))
    free = create_model("Free", **span)
    mention = create_model("M", id=(str, ...), label=(str, ...), **span, entity=(str | None, None))
    entity = create_model("E", id=(str, ...), name=(str, ...), wikidata=(str | None, None))
    relation = create_model("R", id=(str, ...), label=(str, ...), head=(str, ...), tail=(str, ...))
    stance = create_model(
        "S",
        id=(str, ...),
        polarity=(str, ...),
        attribution=(str, ...),
        holder=(anchored | None, ...),
        target=(anchored, ...),
        expression=(free, ...),
    )
    return create_model(
        "D",
        schema_=(str, "vistka/document/1"),
        doc_id=(str, ...),
        metadata=(dict[str, Any], ...),
        text=(str, ...),
        entities=(list[entity], ...),  # type: ignore[valid-type]
        mentions=(list[mention], ...),  # type: ignore[valid-type]
        relations=(list[relation], ...),  # type: ignore[valid-type]
        stances=(list[stance], ...),  # type: ignore[valid-type]
        split=(str | None, None),
    )


def in_process(function: Callable[..., None], *arguments: Any) -> tuple[float, float]:
    """Seconds, and peak memory in MB of the largest process, of a function in a process of its own."""
    code = (
        "import resource, sys, time; sys.path.insert(0, 'scripts'); from pathlib import Path; import speed\n"
        "if __name__ == '__main__':\n"
        " started = time.perf_counter()\n"
        f" speed.{function.__name__}(*{arguments!r})\n"
        " seconds = time.perf_counter() - started\n"
        " kinds = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN\n"
        " print(seconds, *(resource.getrusage(k).ru_maxrss / 1024 for k in kinds))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, own, children = map(float, done.stdout.split()[-3:])
    return seconds, max(own, children)


def run_validate(source: str, target: str, workers: int) -> None:
    """Schema, spans and links of all shards; near-duplicates are another table's."""
    from vistka.resources import load_labels
    from vistka.validate.runner import each_shard, judge_shard

    jobs = [(path, load_labels(), False) for path in sorted(Path(source).glob("*.jsonl"))]
    assert not any(judged.findings for judged in each_shard(judge_shard, jobs, workers))


def run_build(source: str, target: str, workers: int) -> None:
    from vistka.publish.build import build
    from vistka.resources import load_labels

    build(Path(source), Path(target), load_labels(), workers=workers)


def run_from_generator(source: str, target: str, workers: int) -> None:
    import orjson
    from datasets import Dataset

    def rows() -> Any:
        for shard in sorted(Path(source).glob("*.jsonl")):
            with shard.open("rb") as file:
                for line in file:
                    yield orjson.loads(line)

    Dataset.from_generator(rows, cache_dir=target)


def help_ratio() -> float:
    """`vistka --help` over `python -c pass`, medians of whole processes."""
    command = Path(sys.executable).with_name("vistka")

    def run(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)

    found = interleaved({"help": run(str(command), "--help"), "bare": run(sys.executable, "-c", "pass")}, 15)
    return found["help"] / found["bare"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--memory", type=int, nargs=2, default=(10_000, 200_000), metavar="N")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bench", action="store_true", help="the scorer and windowed inference against their peers")
    parser.add_argument(
        "--studio", type=int, metavar="N", help="push and pull N tasks; needs `. build/label-studio/env`"
    )
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="vistka-speed-"))
    try:
        if options.bench:
            measure_bench()
        elif options.studio:
            measure_studio(folder, options.studio)
        else:
            measure(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path, options: argparse.Namespace) -> None:
    import orjson

    source = folder / "documents"
    lines = write_shards(source, options.documents)
    size = sum(map(len, lines)) / len(lines) / 1000
    print(
        f"{options.documents:,} documents of {size:.1f} kB JSON; medians of {options.rounds} rounds over {len(lines):,}"
    )
    found = interleaved(peers(lines), options.rounds)
    base = found["json.loads"]
    print(f"\n{'validation, one process':<42} {'× json.loads':>12}")
    for name, seconds in found.items():
        scale = 40 if "1/40" in name else 1
        print(f"{name:<42} {base / (seconds * scale):>12.3f}")

    def load_all(loads: Callable[[bytes], object]) -> Callable[[], None]:
        def run() -> None:
            for shard in sorted(source.glob("*.jsonl")):
                with shard.open("rb") as file:
                    for line in file:
                        loads(line)

        return run

    print(f"\n{'validation of all documents':<42} {'× json.loads':>12} {'peak MB':>9}")
    whole = interleaved({"json": load_all(json.loads), "orjson": load_all(orjson.loads)}, 3)
    checked, peak = in_process(run_validate, str(source), "", options.workers)
    print(f"{f'vistka validate, {options.workers} workers':<42} {whole['json'] / checked:>12.3f} {peak:>9.0f}")
    checked, peak = in_process(run_validate, str(source), "", 1)
    print(f"{'vistka validate, 1 worker':<42} {whole['json'] / checked:>12.3f} {peak:>9.0f}")

    loads = whole["orjson"]
    print(f"\n{'build of all documents':<42} {'× orjson':>12} {'peak MB':>9}")
    built, peak = in_process(run_build, str(source), str(folder / "dataset"), options.workers)
    print(f"{f'vistka build, {options.workers} workers':<42} {loads / built:>12.3f} {peak:>9.0f}")
    built, peak = in_process(run_build, str(source), str(folder / "dataset"), 1)
    print(f"{'vistka build, 1 worker':<42} {loads / built:>12.3f} {peak:>9.0f}")
    generator, peak = in_process(run_from_generator, str(source), str(folder / "cache"), 1)
    print(f"{'Dataset.from_generator, documents only':<42} {loads / generator:>12.3f} {peak:>9.0f}")
    shutil.rmtree(folder / "cache", ignore_errors=True)
    shutil.rmtree(source)

    print(f"\n{'build, 1 worker, documents':<42} {'peak MB':>9}")
    for count in options.memory:
        write_shards(source, count)
        _, peak = in_process(run_build, str(source), str(folder / "dataset"), 1)
        print(f"{count:<42,} {peak:>9.0f}")
        shutil.rmtree(source)
    print(f"\nvistka --help: {help_ratio():.1f} × python -c pass")


def measure_studio(folder: Path, count: int) -> None:
    """Push and pull against one raw request with the same JSON, by turns on the server of the environment."""
    import urllib.request

    from vistka.corpus import Corpus
    from vistka.io import canonical, decode
    from vistka.model import Annotation, Document
    from vistka.resources import load_labels
    from vistka.studio.config import config, require
    from vistka.studio.passes import Folders, store
    from vistka.studio.push import push
    from vistka.studio.server import Server
    from vistka.studio.tasks import decoded, returned, tasks
    from vistka.text import sha256

    for name in ("articles", "gold"):
        (folder / name).mkdir()
    for number in range(count):
        doc = decode(json.dumps(generated(number)).encode(), Document)
        layers = (doc.entities, doc.mentions, doc.relations, doc.stances)
        gold = Annotation("vistka/annotation/1", doc.doc_id, sha256(doc.text), *layers)
        (folder / "articles" / f"{doc.doc_id}.txt").write_text(doc.text, "utf-8")
        (folder / "articles" / f"{doc.doc_id}.meta.json").write_bytes(canonical(doc.metadata))
        (folder / "gold" / f"{doc.doc_id}.json").write_bytes(canonical(gold))
    corpus, labels, server = Corpus(folder), load_labels(), Server.connect()
    doc_ids = list(corpus.articles)
    sent = [
        {**task, "annotations": [{"result": task["predictions"][0]["result"]}]}
        for task in tasks(corpus, doc_ids, ["gold"])
    ]
    body = json.dumps(list(tasks(corpus, doc_ids, ["gold"]))).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Token {server_token()}"}

    def request(path: str, data: bytes | None = None) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, headers)) as answer:
            return bytes(answer.read())

    def timed(task: Callable[[], object]) -> float:
        start = time.perf_counter()
        task()
        return time.perf_counter() - start

    stamp = f"{time.time():.0f}"
    pushes, imports, pulls, exports = [], [], [], []
    for turn in range(3):
        number = server.create(f"raw {stamp} {turn}", config(labels))
        imports.append(timed(lambda n=number: request(f"/api/projects/{n}/import", body)))  # type: ignore[misc]
        title = f"push {stamp} {turn}"
        pushes.append(timed(lambda t=title: push(server, t, corpus, doc_ids, ["gold"], labels)))  # type: ignore[misc]
    title = f"pull {stamp}"
    number = server.create(title, config(labels))
    server.send(number, sent)
    path = f"/api/projects/{number}/export?exportType=JSON&download_all_tasks=true"

    def pull() -> None:
        project = server.existing(title)
        require(server.config(project), labels)
        folders = Folders((), server.people())
        found = returned(decoded(server.export(project), "x"), corpus, labels, folders, lambda task: "")
        store(found.passes, folder / "passes", corpus, force=True)

    for _ in range(3):
        exports.append(timed(lambda: request(path)))
        pulls.append(timed(pull))
    print(f"{count:,} tasks, {len(body) / 1e6:.0f} MB; medians of 3, as multiples of one raw request")
    print(f"{'push / raw import':<42} {statistics.median(pushes) / statistics.median(imports):>12.2f}")
    print(f"{'pull / raw export':<42} {statistics.median(pulls) / statistics.median(exports):>12.2f}")


def measure_bench() -> None:
    """The strict scores of a million tagged tokens, by turns with seqeval and nervaluate; then the bootstrap."""
    import warnings

    from nervaluate import Evaluator
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    from vistka.bench.counts import figures
    from vistka.bench.mentions import score_tags

    warnings.filterwarnings("ignore")
    rng = Random(0)
    labels = ["PERS", "ORG", "LOC", "JOB", "DATE", "MON", "DOC"]

    def sequence(size: int) -> list[str]:
        tags: list[str] = []
        while len(tags) < size:
            label = rng.choice(labels)
            mention = [f"B-{label}", *[f"I-{label}"] * rng.choice((0, 0, 1, 1, 2))]
            tags += mention if rng.random() < 0.12 else ["O"]
        return tags[:size]

    gold = [sequence(rng.randint(5, 40)) for _ in range(44_500)]
    found = [[tag if rng.random() > 0.05 else rng.choice(["O", "B-LOC", "I-ORG"]) for tag in tags] for tags in gold]
    seconds = interleaved(
        {
            "vistka": lambda: figures(score_tags(gold, found), resamples=0),
            "seqeval strict": lambda: classification_report(gold, found, mode="strict", scheme=IOB2, output_dict=True),
            "nervaluate": lambda: Evaluator(gold, found, tags=labels, loader="list").evaluate(),
        },
        3,
    )
    ours = {f.label: f.f1 for f in figures(score_tags(gold, found), resamples=0)}
    theirs = classification_report(gold, found, mode="strict", scheme=IOB2, output_dict=True)
    same = all(ours[name.removesuffix(" avg")] == line["f1-score"] for name, line in theirs.items())
    print(f"{sum(map(len, gold)):,} tokens; medians of 3")
    print(f"{'equal to seqeval strict to the last digit':<42} {'yes' if same else 'NO':>12}")
    for name in ("seqeval strict", "nervaluate"):
        print(f"{f'{name} / vistka':<42} {seconds[name] / seconds['vistka']:>12.1f}")
    table = score_tags(gold, found)
    table.counts = table.counts.reshape(500, -1, *table.counts.shape[1:]).sum(1)
    drawn = interleaved({"bootstrap": lambda: figures(table, resamples=10_000)}, 3)["bootstrap"]
    print(f"{'10,000 resamples of 500 documents, seconds':<42} {drawn:>12.2f}\n")

    from speed_neural import measure as measure_neural

    measure_neural(count=16, rounds=3, threads=multiprocessing.cpu_count())


def server_token() -> str:
    import os

    return os.environ["LABEL_STUDIO_API_KEY"]


if __name__ == "__main__":
    main()
