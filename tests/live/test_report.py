"""The report in a real browser: it renders, filters, asks nobody else, and what comes from data stays text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from builders import MARKUP, write_corpus
from conftest import Run
from live.page import chromium

HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=2</script> {Прем\'єрка|JOB} {П"<b>етро</b>|PERS|p}\n'
)
BLOCK = "%% entities\np = Петро\n%% relations\n%% stances\n"
SPLITS = "doc_id,split\n2025-05-01-a,train\n2025-05-02-b,test\n2025-05-03-c,test\n"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver = chromium("400,900", browser="ALL", performance="ALL")
    yield driver
    driver.quit()


def test_the_report_shows_scores_and_errors_and_asks_nobody(browser: Any, tmp_path: Path, vistka: Run) -> None:
    markups = (("2025-05-01-a", MARKUP), ("2025-05-02-b", MARKUP.replace("{Києва|LOC|kyiv}", "Києва")))
    root = write_corpus(tmp_path / "corpus", *markups, ("2025-05-03-c", HOSTILE + BLOCK), splits=SPLITS)
    runs = [tmp_path / "runs" / name for name in ("a", "b")]
    for out, system in zip(runs, ("gazetteer", "gazetteer:lemma")):
        done = vistka("bench", "run", "--system", system, "--data", root, "--out", out, "--train-size", "100%")
        assert done.returncode == 0, done.stderr
    page = tmp_path / "звіт.html"
    assert vistka("bench", "report", *runs, "--out", page).returncode == 0
    browser.get(page.as_uri())

    rows = browser.find_elements(By.CSS_SELECTOR, "#scores tbody tr")
    assert [row.text.split()[0] for row in rows] == ["gazetteer", "gazetteer:lemma"]
    scores = json.loads((runs[0] / "scores.json").read_text("utf-8"))["views"]["outermost strict"][0]
    assert f"{scores['f1']:.3f}" in rows[0].text
    assert browser.find_elements(By.CSS_SELECTOR, "#curves circle")

    section = browser.find_element(By.CSS_SELECTOR, "section.errors")
    shown = [error for error in section.find_elements(By.CSS_SELECTOR, ".error") if error.is_displayed()]
    assert {error.get_attribute("data-kind") for error in shown} == {"missed", "spurious"}
    Select(section.find_element(By.CSS_SELECTOR, ".kind")).select_by_visible_text("missed")
    left = [error for error in section.find_elements(By.CSS_SELECTOR, ".error") if error.is_displayed()]
    assert {error.get_attribute("data-kind") for error in left} == {"missed"}
    assert 'П"<b>етро</b>' in left[0].text and left[0].find_element(By.CSS_SELECTOR, ".gold").text.startswith("П")

    assert browser.title.startswith("Benchmark")
    assert not browser.find_elements(By.CSS_SELECTOR, ".error img, .error script, .error b")
    assert browser.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
    assert {address for address in addresses if not address.startswith("data:")} == {page.as_uri()}
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
