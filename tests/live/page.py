"""An annotator at the page of a task: real mouse and keys in a headless Chromium."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

T = TypeVar("T")

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
_BOX = """
for (const root of document.querySelectorAll('[class*=richtext]')) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const at = node.data.indexOf(arguments[0]);
    if (at >= 0) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + arguments[0].length);
      const box = range.getBoundingClientRect();
      if (box.width) return [box.left, box.right, (box.top + box.bottom) / 2];
    }
  }
}
return null;
"""
_EDGE = """
const box = document.querySelector('area.__resize_left').getBoundingClientRect();
return (box.left + box.right) / 2;
"""


def chromium(size: str, **logs: str) -> webdriver.Chrome:
    """A headless browser of that window size; `logs` are the levels of what it keeps, by kind."""
    options = webdriver.ChromeOptions()
    for flag in (*_FLAGS, f"--window-size={size}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", logs)
    options.binary_location = shutil.which("chromium") or "chromium is not installed"
    driver = shutil.which("chromedriver") or "chromedriver is not installed"
    return webdriver.Chrome(options=options, service=Service(driver))


class Page:
    def __init__(self, url: str, email: str, password: str) -> None:
        self.driver = chromium("1700,1100")
        self.url = url
        self.driver.get(f"{url}/user/login/")
        self.driver.find_element(By.NAME, "email").send_keys(email)
        field = self.driver.find_element(By.NAME, "password")
        field.send_keys(password)
        field.submit()
        self._until(lambda: "/login" not in self.driver.current_url)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *error: object) -> None:
        self.driver.quit()

    def _until(self, check: Callable[[], T], seconds: float = 30) -> T:
        """The first true value of the check."""
        end = time.monotonic() + seconds
        while True:
            try:
                found = check()
            except WebDriverException:
                found = None
            if found:
                return found
            assert time.monotonic() < end, "the page did not get there"
            time.sleep(0.1)

    def _shown(self, by: str, what: str) -> list[Any]:
        return [element for element in self.driver.find_elements(by, what) if element.is_displayed()]

    def open(self, project: int, task: int, words: str) -> None:
        """The task's page, once it shows these words."""
        self.driver.get(f"{self.url}/projects/{project}/data?task={task}")
        self._until(lambda: self.driver.execute_script(_BOX, words))
        self._until(lambda: self._shown(By.XPATH, "//button[.='Submit' or .='Update']"))
        time.sleep(1)

    def _box(self, words: str) -> tuple[float, float, float]:
        left, right, middle = self._until(lambda: self.driver.execute_script(_BOX, words))
        return left, right, middle

    def keys(self, *keys: str) -> None:
        """All but the last held down."""
        chain = ActionChains(self.driver)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain.key_up(key)
        chain.perform()

    def draw(self, hotkey: str, words: str) -> None:
        """A region over the words, by the label's hotkey and the mouse; it is selected afterwards."""
        self.keys(Keys.ESCAPE)
        self.keys(hotkey)
        left, right, middle = self._box(words)
        self._drag(left + 1, right, middle)
        self.click(words)

    def start_at(self, region: str, words: str) -> None:
        """Drag the left edge of the region to the beginning of the words."""
        self.keys(Keys.ESCAPE)
        self.click(region)
        edge = self._until(lambda: self.driver.execute_script(_EDGE))
        left, _, middle = self._box(words)
        self._drag(edge, left + 1, middle)

    def remove(self, region: str) -> None:
        self.keys(Keys.ESCAPE)
        self.click(region)
        self.keys(Keys.BACKSPACE)
        time.sleep(0.5)

    def _drag(self, start: float, end: float, middle: float) -> None:
        chain = ActionChains(self.driver, duration=60)
        mouse = chain.w3c_actions.pointer_action
        mouse.move_to_location(round(start), round(middle))
        mouse.pointer_down()
        mouse.move_to_location(round((start + end) / 2), round(middle))
        mouse.move_to_location(round(end), round(middle))
        mouse.pointer_up()
        chain.perform()
        time.sleep(0.5)

    def click(self, words: str) -> None:
        left, right, middle = self._box(words)
        chain = ActionChains(self.driver, duration=60)
        chain.w3c_actions.pointer_action.move_to_location(round((left + right) / 2), round(middle))
        chain.w3c_actions.pointer_action.click()
        chain.perform()
        time.sleep(0.5)

    def entity(self, line: str) -> None:
        """The entity of the selected region."""
        (field,) = self._until(lambda: self._shown(By.CSS_SELECTOR, "[placeholder*='putin']"))
        field.click()
        field.send_keys(line, Keys.ENTER)
        time.sleep(0.3)

    def choose(self, value: str) -> None:
        """A choice of the selected region."""
        (choice,) = self._until(lambda: self._shown(By.XPATH, f"//*[normalize-space(text())='{value}']"))
        choice.click()
        time.sleep(0.3)

    def relate(self, head: str, tail: str, label: str | None) -> None:
        """A relation between two regions, from the newest list item; no label where none is given."""
        self.keys(Keys.ESCAPE)
        self.click(head)
        self.keys(Keys.ALT, "r")
        self.click(tail)
        tab = self._until(lambda: self._shown(By.XPATH, "//*[normalize-space(text())='Relations']"))
        tab[-1].click()
        time.sleep(0.3)
        if label is None:
            return
        item = self._until(lambda: self._shown(By.CSS_SELECTOR, ".lsf-relations__item"))[-1]
        ActionChains(self.driver).move_to_element(item).perform()
        item.find_element(By.CSS_SELECTOR, "[aria-label='Show Relation Labels']").click()
        self._until(lambda: item.find_elements(By.XPATH, ".//button[contains(., 'Select labels')]"))[0].click()
        option = f"//*[@role='option' and normalize-space(.)='{label}']"
        self._until(lambda: self._shown(By.XPATH, option))[0].click()
        self.keys(Keys.ESCAPE)
        time.sleep(0.3)

    def submit(self) -> None:
        button = self._until(lambda: self._shown(By.XPATH, "//button[.='Submit' or .='Update']"))
        button[0].click()
        time.sleep(2)

    def says(self) -> str:
        """What a dialogue of the page says."""
        return "\n".join(e.text for e in self._shown(By.CSS_SELECTOR, "[role=dialog], .ant-modal, [class*=toast]"))
