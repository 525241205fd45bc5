"""The labelling configuration, made of the label inventory: its labels, colours, hotkeys and hints.

Source: Label Studio's tag reference (Labels, Choices, TextArea, Relations, Text). `granularity="symbol"`, since
`word` would move what an annotator selects.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from vistka.convert.label_studio import (
    ATTRIBUTION,
    ENTITY,
    EXPRESSION,
    HOLDER,
    MENTION,
    POLARITY,
    STANCE,
    TARGET,
    TEXT,
)
from vistka.findings import InputError
from vistka.resources import Labels, StanceValue

_STANCE_LABELS = (
    (EXPRESSION, "#be123c", "w", "вислів: найкоротші слова, що несуть оцінку"),
    (TARGET, "#334155", "g", "вільний об'єкт: кого чи що оцінено, якщо це не згадка"),
)


def config(labels: Labels) -> str:
    """The configuration as XML, ending in a newline; the same inventory gives the same text.

    Raises `InputError` where a label of the inventory has a name or hotkey that the stance layer needs.
    """
    _check(labels)
    view = ET.Element("View")
    ET.SubElement(view, "Style").text = "[class*=richtext] { line-height: 2.1 !important; }"  # room for relation labels
    left = ET.SubElement(view, "View", style="display: flex; gap: 1.5em; align-items: flex-start")
    column = ET.SubElement(left, "View", style="flex: 1 1 60%; position: sticky; top: 0")
    mentions = ET.SubElement(column, "Labels", name=MENTION, toName=TEXT, showInline="true")
    for named, title in ((True, "Назви"), (False, "Значення й посади")):
        group = ET.SubElement(mentions, "View")
        ET.SubElement(group, "Header", value=title, size="5")
        for label in labels.mentions:
            if label.entity is named:
                _label(group, label.label, label.colour, label.hotkey, label.uk)
    stance = ET.SubElement(column, "Labels", name=STANCE, toName=TEXT, showInline="true")
    group = ET.SubElement(stance, "View")
    ET.SubElement(group, "Header", value="Позиції", size="5")
    for value, colour, hotkey, hint in _STANCE_LABELS:
        _label(group, value, colour, hotkey, hint)
    ET.SubElement(column, "Text", name=TEXT, value="$text", granularity="symbol")
    side = ET.SubElement(left, "View", style="flex: 0 0 18em; position: sticky; top: 0")
    _entity(side, labels)
    _choices(side, POLARITY, "Полярність", labels.stance.polarity)
    _choices(side, ATTRIBUTION, "Хто говорить", labels.stance.attribution)
    relations = ET.SubElement(view, "Relations")
    for name in (HOLDER, TARGET, *labels.relation_labels):
        ET.SubElement(relations, "Relation", value=name)
    ET.indent(view)
    return ET.tostring(view, "unicode") + "\n"


def require(found: str, labels: Labels) -> None:
    """Raise `InputError` where a project's configuration asks for something else than this inventory.

    Colours, hotkeys, titles and layout may differ.
    """
    try:
        there = _asked(found)
    except ET.ParseError as error:
        raise InputError(f"the project's labelling configuration is no XML ({error}); push gives it one") from error
    wanted = _asked(config(labels))
    other = [f"no {what}" for what in wanted if what not in there] + [
        f"a {what}" for what in there if what not in wanted
    ]
    if other:
        raise InputError(
            f"the project's labelling configuration is not that of this label inventory: it has {', '.join(other)}; "
            "take --labels FILE, the inventory that people worked with, or push, which brings the project up to date"
        )


def _asked(xml: str) -> list[str]:
    """The controls and what they offer, in the order of the document."""
    asked = []
    for element in ET.fromstring(xml).iter():
        if element.tag in ("Label", "Choice", "Relation"):
            asked.append(f"{element.tag} {element.get('value')}")
        elif element.get("name"):
            asked.append(" ".join(filter(None, (element.tag, element.get("name"), element.get("granularity")))))
    return asked


def _check(labels: Labels) -> None:
    own = {HOLDER, TARGET, EXPRESSION}
    if own & {*labels.relation_labels, *labels.mention_labels}:
        raise InputError(f"{', '.join(sorted(own))} are names of the stance layer; call your label otherwise")
    keys = [key for _, _, key, _ in _STANCE_LABELS] + [label.hotkey for label in labels.mentions]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InputError(f"the hotkey {', '.join(twice)} stands for two labels; give each its own in the inventory")


def _label(parent: ET.Element, value: str, colour: str, hotkey: str, hint: str) -> None:
    ET.SubElement(parent, "Label", value=value, background=colour, hotkey=hotkey, hint=hint)


def _entity(parent: ET.Element, labels: Labels) -> None:
    _of_region(
        parent,
        "TextArea",
        ENTITY,
        "Сутність: ключ, а раз на документ — ключ = назва | Q-номер",
        (MENTION, ",".join(m.label for m in labels.mentions if m.entity)),
        "Кожна названа згадка має сутність",
        editable="true",
        maxSubmissions="1",
        rows="1",
        placeholder="putin = Володимир Путін | Q7747",
    )


def _choices(parent: ET.Element, name: str, title: str, values: tuple[StanceValue, ...]) -> None:
    message = f"{title}: оберіть одне для кожного вислову"
    choices = _of_region(parent, "Choices", name, title, (STANCE, EXPRESSION), message, choice="single")
    for value in values:
        ET.SubElement(choices, "Choice", value=value.value, hint=value.uk)


def _of_region(
    parent: ET.Element, tag: str, name: str, title: str, of: tuple[str, str], message: str, **more: str
) -> ET.Element:
    """A required control under its title, shown for a selected region of that control and those labels."""
    when = {"whenTagName": of[0], "whenLabelValue": of[1]}
    box = ET.SubElement(parent, "View", {"visibleWhen": "region-selected", **when})
    ET.SubElement(box, "Header", value=title, size="5")
    own = {"name": name, "toName": TEXT, "perRegion": "true", "required": "true", "requiredMessage": message}
    return ET.SubElement(box, tag, {**own, **when, **more})
