"""A small corpus with all that a dataset can hold: three documents of three stories, one in each split."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from builders import document, write_corpus
from vistka.model import Document

NBSP = "\u00a0"

TRAIN = f"""{{Прем'єрка|JOB}} {{України|LOC|ukraine}} {{Юлія Свириденко|PERS|yulia}} прибула до {{Києва|LOC|kyiv}}. 🇺🇦
«Ми беззастережно підтримуємо {{Київ|LOC|kyiv}}», — сказала {{Свириденко|PERS|yulia}}.
{{Україна|LOC|ukraine}} й {{Польща|LOC|poland}} зустрілися, {{Польща|LOC|poland}} дасть {{15{NBSP}млрд доларів|MON}}.
%% entities
ukraine = Україна | Q212
yulia = Юлія Свириденко
kyiv = Київ | Q1899
poland = Польща | Q36
%% relations
Юлія Свириденко | HOLDS_POSITION | Прем'єрка
Прем'єрка | POSITION_IN | України
Україна | MEETS_WITH | Польща
Україна | ALLIED_WITH | Польща
Польща | VALUED_AT | 15{NBSP}млрд доларів
%% stances
support | direct | Свириденко | Київ | беззастережно підтримуємо
"""

VALIDATION = """Диктатор {Кім Чен Ин|PERS|kim} знову погрожує. Слово взяв речник.
{Розвідувальне агентство {Південної Кореї|LOC|korea}|ORG|agency} засудило всі дії Пхеньяна, пише {Reuters|ORG|reuters}.
%% entities
kim = Кім Чен Ин
agency = Розвідувальне агентство Південної Кореї
korea = Південна Корея | Q884
reuters = Reuters
%% relations
Розвідувальне агентство Південної Кореї | PART_OF | Південної Кореї
%% stances
oppose | author | - | Кім Чен Ин | Диктатор
oppose | reported | Розвідувальне агентство Південної Кореї | ~всі дії Пхеньяна | засудило
"""

TEST = """Пам’ятник {Т. Г. Шевченку|PERS|taras} відкрили у {Варшаві|LOC|warsaw}; обʼєднання {ТОВ «А. Б.»|ORG|b} мовчить.
{Варшава|LOC|warsaw} не стає ні на чий бік у суперечці. Сума невідома.
%% entities
taras = Тарас Шевченко
warsaw = Варшава | Q270
b = ТОВ «А. Б.»
%% relations
%% stances
neutral | reported | Варшава | ~суперечці | не стає ні на чий бік
"""

MARKUPS = {"2025-05-01-train": TRAIN, "2025-05-02-validation": VALIDATION, "2025-05-03-test": TEST}


def small_documents() -> list[Document]:
    """The documents of the small corpus, each of a story of its own."""
    splits = [doc_id.rpartition("-")[2] for doc_id in MARKUPS]
    return [document(markup, i, s, story=f"story-{s}") for (i, markup), s in zip(MARKUPS.items(), splits)]


def small_corpus(root: Path) -> Path:
    """The small corpus as a folder, with licence and splits."""
    splits = "doc_id,split\n" + "".join(f"{d.doc_id},{d.split}\n" for d in small_documents())
    write_corpus(root, *MARKUPS.items(), splits=splits)
    for doc in small_documents():
        edit_metadata(root, doc.doc_id, story=doc.metadata.story)
    (root / "LICENSE").write_text("CC BY 4.0\n", encoding="utf-8")
    return root


def edit_metadata(root: Path, doc_id: str, **changes: object) -> None:
    """Change fields of a document's metadata file."""
    path = root / "articles" / f"{doc_id}.meta.json"
    edited = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps(edited, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its relative path, hidden ones included."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def verify_checksums(dataset: Path) -> None:
    """Fail unless SHA256SUMS names every file of the dataset but itself, with its hash."""
    lines = (dataset / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = dict(reversed(line.split("  ", 1)) for line in lines)
    files = {name: hashlib.sha256(data).hexdigest() for name, data in tree(dataset).items() if name != "SHA256SUMS"}
    assert sums == files
