"""ST: stances (level links)."""

from __future__ import annotations

from collections.abc import Iterator

from vistka.validate.base import Fault, View, interval, quoted, rules_of


def st001(view: View) -> Iterator[Fault]:
    """A holder's mention has a label that holds no position.

    Holders are PERS, ORG or LOC (`stance.holder` in `labels.json`).

    Passes: PERS «Буданов» as holder
    Fails: JOB «речниця» as holder
    """
    for i, stance in enumerate(view.doc.stances):
        mention = view.mentions.get(stance.holder.mention) if stance.holder else None
        if mention is not None and mention.label not in view.labels.holder_labels:
            wanted = ", ".join(sorted(view.labels.holder_labels))
            yield Fault(
                f"the holder {quoted(mention.text)} is {mention.label}; holders are {wanted}",
                f"/stances/{i}/holder",
                interval(mention),
            )


def st002(view: View) -> Iterator[Fault]:
    """A stance has no holder, or an author's stance has one.

    Where the article itself speaks, `attribution` is `author` and `holder` null, and only there.

    Passes: "attribution": "author", "holder": null
    Fails: "attribution": "reported", "holder": null
    """
    for i, stance in enumerate(view.doc.stances):
        if (stance.holder is None) != (stance.attribution == "author"):
            held = "no holder" if stance.holder is None else f"the holder {quoted(stance.holder.text)}"
            yield Fault(
                f"{held}, yet the attribution is {stance.attribution}; an author's stance, and no other, has no holder",
                f"/stances/{i}",
                interval(stance.expression),
            )


def st003(view: View) -> Iterator[Fault]:
    """Holder and target are one entity.

    Passes: «Кім» towards «Москви»
    Fails: «Путін» towards «Путіна»
    """
    for i, stance in enumerate(view.doc.stances):
        if stance.holder is None or stance.target.mention is None:
            continue
        holder, target = view.mentions.get(stance.holder.mention), view.mentions.get(stance.target.mention)
        if holder is not None and target is not None and view.thing(holder) == view.thing(target):
            yield Fault(
                f"{quoted(holder.text)} holds a position towards itself ({quoted(target.text)}); correct one",
                f"/stances/{i}",
                interval(stance.expression),
            )


def st004(view: View) -> Iterator[Fault]:
    """A holder or target is not where its mention is.

    Its span and surface repeat those of the mention it names.

    Passes: {"start": 0, "end": 4, "text": "Київ", "mention": "m1"} with m1 at [0, 4)
    Fails: the same with m1 at [20, 24)
    """
    for i, stance in enumerate(view.doc.stances):
        for part, span in (("holder", stance.holder), ("target", stance.target)):
            mention = view.mentions.get(span.mention) if span is not None and span.mention is not None else None
            if span is not None and mention is not None and interval(mention) != interval(span):
                yield Fault(
                    f"the {part} {quoted(span.text)} at [{span.start}, {span.end}) is not its mention {mention.id} "
                    f"at [{mention.start}, {mention.end}); copy the mention's span",
                    f"/stances/{i}/{part}",
                    interval(span),
                )


def st005(view: View) -> Iterator[Fault]:
    """A stance stands twice.

    Same holder, same target, same expression.

    Passes: two expressions of one holder towards one target
    Fails: one expression twice
    """
    seen: set[tuple[object, ...]] = set()
    for i, stance in enumerate(view.doc.stances):
        parts = []
        for span in (stance.holder, stance.target):
            mention = view.mentions.get(span.mention) if span is not None and span.mention is not None else None
            parts.append(view.thing(mention) if mention else span and interval(span))
        key = (*parts, interval(stance.expression))
        if key in seen:
            yield Fault(
                f"{quoted(stance.expression.text)} towards {quoted(stance.target.text)} stands here twice; keep one",
                f"/stances/{i}",
                interval(stance.expression),
            )
        seen.add(key)


RULES = rules_of("links", st001, st002, st003, st004, st005)
