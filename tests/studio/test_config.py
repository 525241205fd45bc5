"""The labelling configuration: all of the inventory, and nothing that is not in it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import msgspec
import pytest

from vistka.findings import InputError
from vistka.resources import Labels, load_labels
from vistka.studio.config import config, require

LABELS = load_labels()
TREE = ET.fromstring(config(LABELS))


def control(name: str) -> ET.Element:
    (found,) = (e for e in TREE.iter() if e.get("name") == name)
    return found


def test_every_mention_label_stands_there_with_its_colour_hotkey_and_ukrainian_hint() -> None:
    found = {
        (e.get("value"), e.get("background"), e.get("hotkey"), e.get("hint")) for e in control("mention").iter("Label")
    }
    assert found == {(m.label, m.colour, m.hotkey, m.uk) for m in LABELS.mentions}


def test_names_and_values_form_a_group_each() -> None:
    groups = [{e.get("value") for e in view.iter("Label")} for view in control("mention").findall("View")]
    assert groups == [set(LABELS.entity_labels), set(LABELS.value_labels)]


def test_polarity_and_attribution_are_asked_of_every_expression() -> None:
    for name, values in (("polarity", LABELS.polarities), ("attribution", LABELS.attributions)):
        asked = control(name)
        assert [e.get("value") for e in asked.iter("Choice")] == list(values)
        assert (asked.get("perRegion"), asked.get("required"), asked.get("whenLabelValue")) == (
            "true",
            "true",
            "expression",
        )


def test_an_entity_is_asked_of_named_mentions_alone() -> None:
    assert set(str(control("entity").get("whenLabelValue")).split(",")) == LABELS.entity_labels


def test_relations_are_those_of_the_scheme_with_holder_and_target() -> None:
    assert [e.get("value") for e in TREE.iter("Relation")] == ["holder", "target", *LABELS.relation_labels]


def test_selection_is_by_character() -> None:
    assert control("text").get("granularity") == "symbol"


def changed(**fields: str) -> Labels:
    first = msgspec.structs.replace(LABELS.mentions[0], **fields)
    return msgspec.structs.replace(LABELS, mentions=(first, *LABELS.mentions[1:]))


def test_what_comes_from_an_inventory_is_escaped() -> None:
    tree = ET.fromstring(config(changed(uk='особа "<Петренко & син>"')))
    assert 'особа "<Петренко & син>"' in {e.get("hint") for e in tree.iter("Label")}


@pytest.mark.parametrize("fields", [{"hotkey": "o"}, {"hotkey": "w"}, {"label": "expression"}])
def test_a_hotkey_or_name_that_is_taken_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"two labels|stance layer"):
        config(changed(**fields))


def test_another_layout_with_the_same_labels_is_the_same_scheme() -> None:
    require(config(changed(uk="інша підказка", colour="#000000", hotkey="0")), LABELS)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('<Label value="PERS"', '<Label value="HERO"', "no Label PERS, a Label HERO"),
        ('<Relation value="OWNS" />', "", "no Relation OWNS"),
        ('name="polarity"', 'name="tone"', "no Choices polarity, a Choices tone"),
        ('granularity="symbol"', 'granularity="word"', "no Text text symbol, a Text text word"),
        ("<View>", "<View", "no XML"),
    ],
)
def test_a_project_of_another_scheme_is_refused_with_what_differs(old: str, new: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        require(config(LABELS).replace(old, new), LABELS)
