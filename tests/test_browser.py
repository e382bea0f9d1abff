"""Pages in a real browser: they load without requests, fit the window, have enough contrast, and need no mouse."""

from __future__ import annotations

import shutil

import pytest

from spinodal.cli.main import main
from spinodal.reporting.page import page

from .run_reports import PAGES, run_report
from .toys import files, trained

pytest.importorskip("selenium", reason="selenium is not installed: pip install --group browser")
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="there is no chromium: apt-get install chromium chromium-driver"
)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
)  # fmt: skip
WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")
AA = 4.5

CONTRASTS = """
const parts = color => color.match(/[\\d.]+/g).map(Number);
const light = color => parts(color).slice(0, 3).map(x => x / 255)
  .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
  .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
const clear = color => parts(color).length === 4 && parts(color)[3] === 0;
const behind = e => {
  const color = getComputedStyle(e).backgroundColor;
  return !clear(color) ? color : e.parentElement ? behind(e.parentElement) : 'rgb(255, 255, 255)';
};
const said = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
return [...document.body.querySelectorAll('*')].filter(e => e.tagName !== 'SCRIPT' && said(e)).map(e => {
  const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
  return [e.tagName + ' ' + e.className, (a + 0.05) / (b + 0.05)];
});
"""
"""Each text, and its contrast with its background: the ratio of WCAG 2.2, from 1 to 21."""

REACHABLE = """
const there = e => e.checkVisibility({contentVisibilityAuto: true});
const scrolls = e => e.scrollWidth > e.clientWidth && /auto|scroll/.test(getComputedStyle(e).overflowX);
window.targets = [...document.body.querySelectorAll('*')].filter(e => there(e) &&
  (e.matches('a[href], summary, [tabindex="0"]') || scrolls(e)));
return window.targets.length;
"""
FOCUSED = """
const e = document.activeElement, style = getComputedStyle(e);
return [window.targets.indexOf(e), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The addresses of pages on disk, by name."""
    folder = tmp_path_factory.mktemp("pages")
    for name, records in PAGES.items():
        (folder / f"{name}.html").write_text(page([run_report(r) for r in records]), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in PAGES}


@pytest.fixture(params=PAGES)
def opened(request, browser, pages):
    """The browser with a page, in light colors, 1280 pixels wide."""
    emulate(browser)
    browser.get(pages[request.param])
    return browser


def emulate(browser, width=1280, scheme="light", media="screen"):
    """Set the width, the color scheme and the medium of the page."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})


def press(browser, key):
    ActionChains(browser).send_keys(key).perform()


def open_all(browser):
    browser.execute_script("document.querySelectorAll('details').forEach(e => e.open = true)")


def test_a_page_has_no_errors_and_makes_no_requests(opened):
    address = opened.current_url
    for kind in ("browser", "performance"):
        opened.get_log(kind)
    opened.refresh()
    assert opened.get_log("browser") == []
    asked = [entry["message"] for entry in opened.get_log("performance") if "requestWillBeSent" in entry["message"]]
    assert asked
    assert all(address in message or '"url":"data:' in message for message in asked)


def test_figures_are_displayed(opened):
    open_all(opened)
    images = opened.find_elements(By.TAG_NAME, "img")
    assert images
    for image in images:
        assert image.is_displayed()
        assert image.get_property("complete")
        assert image.get_property("naturalWidth") > 0
        assert image.rect["width"] > 200


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_never_scrolls_sideways(opened, width):
    emulate(opened, width)
    open_all(opened)
    assert opened.execute_script("return innerWidth") == width
    assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    outside = "return [...document.querySelectorAll('.sight, figcaption, p, summary, dd')].filter("
    outside += "e => e.getBoundingClientRect().right > innerWidth).map(e => e.outerHTML.slice(0, 99))"
    assert opened.execute_script(outside) == []


def test_all_controls_are_reached_by_tab_and_outlined(opened):
    emulate(opened, min(WIDTHS))  # where most tables scroll
    open_all(opened)
    many = opened.execute_script(REACHABLE)
    seen = []
    for _ in range(many):
        press(opened, Keys.TAB)
        seen.append(opened.execute_script(FOCUSED))
    assert [where for where, _ in seen] == list(range(many)), "each control once, in the order of the page"
    assert all(outlined for _, outlined in seen)


@pytest.mark.parametrize("width", WIDTHS)
def test_each_answer_about_a_run_is_seen_with_its_number(browser, pages, width):
    emulate(browser, width)
    browser.get(pages["alone"])
    right = "return arguments[0].getBoundingClientRect().right"
    for css in (".question .answer", ".question .because", ".question .number", ".question .ends"):
        found = browser.find_elements(By.CSS_SELECTOR, css)
        assert found
        assert all(e.is_displayed() and browser.execute_script(right, e) <= width for e in found), css
    if width == max(WIDTHS):  # the page is filled
        assert max(browser.execute_script(right, e) for e in browser.find_elements(By.CSS_SELECTOR, ".question")) > 1150


@pytest.mark.parametrize("width", WIDTHS)
def test_the_floor_and_the_baseline_of_a_run_are_on_the_screen(browser, pages, width):
    emulate(browser, width)
    for name in ("alone", "chaos alone"):
        browser.get(pages[name])
        open_all(browser)
        for head in ("Floor", "Baseline"):
            cells = browser.find_elements(By.CSS_SELECTOR, f'#scores td[data-head="{head}"]')
            assert cells
            assert all(cell.rect["x"] >= 0 and cell.rect["x"] + cell.rect["width"] <= width for cell in cells)


def test_a_wide_table_scrolls_in_its_own_box_by_keys(browser, pages):
    opened = browser
    opened.get(pages["side by side"])
    emulate(opened, 400)
    open_all(opened)
    box = opened.find_element(By.CSS_SELECTOR, "#scores .box")
    assert box.get_property("scrollWidth") > box.get_property("clientWidth")
    head = opened.find_element(By.CSS_SELECTOR, "#scores tbody tr:nth-child(1) th")
    left = head.rect["x"]
    opened.execute_script("arguments[0].focus()", box)
    for _ in range(3):
        press(opened, Keys.ARROW_RIGHT)
    opened.execute_async_script("const done = arguments[0]; setTimeout(done, 400)")
    assert box.get_property("scrollLeft") > 0
    assert head.rect["x"] == left, "the first column stays in place"


def test_figures_keep_their_size_on_a_phone_and_scroll_in_their_own_box(browser, pages):
    """So that their words, of 9 points, are as large as elsewhere, and their right end is reached by keys."""
    browser.get(pages["alone"])
    emulate(browser, 400)
    open_all(browser)
    for image in browser.find_elements(By.TAG_NAME, "img"):
        assert image.rect["width"] == float(image.get_attribute("width"))
    box = browser.find_element(By.CSS_SELECTOR, ".sight")
    assert box.get_property("scrollWidth") > box.get_property("clientWidth")
    edge = browser.execute_script("return document.documentElement.clientWidth")
    assert box.rect["x"] + box.rect["width"] == edge, "cut by the edge of the screen, which says that it goes on"
    browser.execute_script("arguments[0].focus()", box)
    press(browser, Keys.ARROW_RIGHT)
    browser.execute_async_script("const done = arguments[0]; setTimeout(done, 400)")
    assert box.get_property("scrollLeft") > 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_has_enough_contrast(opened, scheme):
    emulate(opened, scheme=scheme)
    open_all(opened)
    found = opened.execute_script(CONTRASTS)
    assert len(found) > 100
    assert [x for x in found if x[1] < AA] == []


def test_the_dark_scheme_is_dark(opened):
    background = "return getComputedStyle(document.body).backgroundColor"
    light = opened.execute_script(background)
    emulate(opened, scheme="dark")
    assert light == "rgb(255, 255, 255)"
    assert opened.execute_script(background) == "rgb(23, 23, 22)"


def test_details_open_and_close_by_keys(opened):
    for details in opened.find_elements(By.TAG_NAME, "details"):
        content = details.find_element(By.CSS_SELECTOR, "summary ~ *")
        assert not content.is_displayed()
        opened.execute_script("arguments[0].querySelector('summary').focus()", details)
        press(opened, Keys.ENTER)
        assert content.is_displayed()
        press(opened, Keys.SPACE)
        assert not content.is_displayed()


def test_a_print_has_the_closed_parts(opened):
    emulate(opened, media="print", scheme="dark")
    hidden = "return [...document.querySelectorAll('summary ~ *')].filter(e => !e.checkVisibility()).length"
    assert opened.execute_script(hidden) == 0
    assert opened.execute_script("return getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_the_contents_lead_to_sections(opened):
    for link in opened.find_elements(By.CSS_SELECTOR, "nav a"):
        opened.execute_script("arguments[0].focus()", link)
        press(opened, Keys.ENTER)
        at = "return document.querySelector(location.hash).getBoundingClientRect().top"
        assert opened.execute_script(at) < 900


@pytest.mark.usefixtures("few_triplets")
def test_the_report_of_a_training_opens_without_errors(browser, tmp_path):
    source = {"data": str(files(tmp_path) / "table.csv"), "label": ["family"], "split": "split"}
    run = trained(tmp_path / "run").revise(source=source)
    little = ["--intervals", "2", "--times", "9", "--ages", "none", "--sets", "1"]
    main(["report", str(run.path), "-o", str(tmp_path / "page.html"), *little])
    emulate(browser)
    browser.get_log("browser")
    browser.get((tmp_path / "page.html").as_uri())
    assert browser.get_log("browser") == []
    assert browser.find_element(By.TAG_NAME, "h1").text == "Evaluation: run"
    assert len(browser.find_elements(By.TAG_NAME, "img")) > 5
    for image in browser.find_elements(By.TAG_NAME, "img"):
        assert image.get_property("naturalWidth") > 0
    for width in WIDTHS:
        emulate(browser, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
