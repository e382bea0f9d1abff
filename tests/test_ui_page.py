"""The page of `spinodal ui` in a real browser: no other host, no errors, keys, narrow windows, and its endpoints."""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from spinodal.runs.archive import Run

from .toys import chaotic_run, files, trained

pytest.importorskip("gradio", reason="gradio is not installed: make ui-test")
pytest.importorskip("selenium", reason="selenium is not installed: pip install --group browser")
from gradio_client import Client, handle_file
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from spinodal.ui.serving import served

from .test_browser import CHROMIUM, DRIVER, FLAGS, WIDTHS
from .test_ui import learned, music

pytestmark = [
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="there is no chromium: apt-get install chromium-driver"),
    pytest.mark.filterwarnings("ignore"),  # those of gradio
]
TABS = ("Generate", "Complete", "Predict", "Units", "Compare", "Training", "Chaos")
ENDPOINTS = {"generate", "watch", "listen", "complete", "predict_labels", "units", "compare", "curves", "trajectories",
             "about"}  # fmt: skip
LONG = 60
PASSING = (
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
    IndexError,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with three runs."""
    folder = files(tmp_path_factory.mktemp("page"))
    trained(folder / "run").revise(source={"data": str(folder / "table.csv"), "label": ["family"], "split": "split"})
    chaotic_run(folder / "chaos")
    learned(music(), folder / "music")
    return folder


def spinodal(*words):
    """A command in a process of its own: gradio loads pydantic, by which cyclopts then checks types in its own way."""
    done = subprocess.run([sys.executable, "-m", "spinodal", *map(str, words)], capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def address(place):
    """The address of the page of all."""
    with served([place / "run", place / "chaos", place / "music"]) as address:
        yield address
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()  # gradio leaves sockets open


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(LONG)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, address):
    """The page, 1280 pixels wide, with empty logs."""
    resize(browser, 1280)
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(address)
    wait(browser, lambda: shown(browser, "button.primary"))
    return browser


def resize(browser, width):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait(browser, found):
    """What is found, when it is: elements come and go while the page is drawn anew."""
    return WebDriverWait(browser, LONG, poll_frequency=0.1, ignored_exceptions=PASSING).until(lambda _: found())


def click(browser, css, text=None):
    """Click on the first element that is shown, of this text; when there is one."""

    def clicked():
        found = [e for e in shown(browser, css) if text is None or e.text == text]
        if found:
            found[0].click()
        return bool(found)

    wait(browser, clicked)


def shown(browser, css):
    return [e for e in browser.find_elements(By.CSS_SELECTOR, css) if e.is_displayed()]


def press(browser, *keys):
    ActionChains(browser).send_keys(*keys).perform()


def tab(browser, name):
    """Open a tab, also where it is behind the button for more."""
    if name in wait(browser, lambda: [e.text for e in shown(browser, "button[role=tab]")]):
        click(browser, "button[role=tab]", name)
    else:
        click(browser, ".overflow-menu > button")
        click(browser, ".overflow-dropdown button", name)
    wait(browser, lambda: name == shown(browser, "button[role=tab][aria-selected=true]")[0].text)


def act(browser):
    """Press the button of the tab, and wait for its command; what the command is."""
    click(browser, "button.primary")
    return wait(browser, lambda: [e.get_property("value") for e in shown(browser, ".typed textarea")])[0]


def take_rows(browser):
    """Take held-out rows in place of an upload."""
    click(browser, "button", "Take a few held-out rows")
    wait(browser, lambda: shown(browser, ".file-preview"))


def walk(browser):
    """Do what each tab is for; name -> the command."""
    found = {}
    for name in TABS[:-1]:
        tab(browser, name)
        if name in ("Complete", "Predict"):
            take_rows(browser)
        if name == "Compare":
            click(browser, "button.primary")
            wait(browser, lambda: len(shown(browser, ".picture img")) == 2)
        found[name] = act(browser)
    return found


def test_all_tabs_work_without_errors_and_without_other_hosts(page, address):
    commands = walk(page)
    assert {name: command.split()[:2] for name, command in commands.items()} == {
        "Generate": ["spinodal", "generate"], "Complete": ["spinodal", "complete"], "Predict": ["spinodal", "predict"],
        "Units": ["python", "-c"], "Compare": ["spinodal", "generate"], "Training": ["spinodal", "info"],
    }  # fmt: skip
    assert page.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert any(url.startswith(address) for url in asked)
    assert [url for url in asked if not url.startswith((address, "data:", "blob:", "about:", "chrome:"))] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_tab_scrolls_sideways(page, width):
    resize(page, width)
    walk(page)
    for name in TABS[:-1]:
        tab(page, name)
        assert page.execute_script("return document.documentElement.scrollWidth") <= width, name


def test_in_a_narrow_window_controls_and_pictures_are_not_squeezed(page):
    """No control is narrower than a few words, and the words of a picture are as large as its scroll bar allows."""
    resize(page, 400)
    walk(page)
    for name in TABS[:-1]:
        tab(page, name)
        fields = shown(page, ".form > .block")
        assert [f.text for f in fields if f.size["width"] < 110] == [], name
        for picture in shown(page, ".picture .image-container"):
            image = picture.find_element(By.TAG_NAME, "img")
            assert image.size["width"] == 760, "as in a wide window"
            assert image.location["x"] == picture.location["x"], "it is seen from its left end"
        for table in shown(page, ".table .scroll"):
            cells = table.find_elements(By.CSS_SELECTOR, "td, th")
            assert min(cell.size["width"] for cell in cells) > 30


def test_music_is_played_and_all_else_has_no_player(page, address):
    act(page)
    assert shown(page, ".sound") == []
    try:
        click(page, "input[aria-label=Run]")
        click(page, "[role=option]", "music")
        wait(page, lambda: "windows of music" in shown(page, "#about")[0].text)
        act(page)
        wait(page, lambda: shown(page, ".sound a[download]"))
        player = shown(page, ".sound")[0]
        with urlopen(player.find_element(By.CSS_SELECTOR, "a[download]").get_attribute("href")) as answer:
            assert answer.read(4) == b"RIFF"
        click(page, ".sound button[aria-label=Play]")
        wait(page, lambda: shown(page, ".sound button[aria-label=Pause]") or "0:00" not in player.text)
        tab(page, "Complete")
        assert shown(page, ".sound") == []
    finally:
        assert page.get_log("browser") == []


def test_pictures_follow_the_slider(page):
    act(page)
    picture = wait(page, lambda: shown(page, ".picture img"))[0]
    assert picture.get_attribute("alt") == "The rows after so many steps"
    first = picture.get_attribute("src")
    slider = next(e for e in shown(page, "input[type=range]") if "so many steps" in e.get_attribute("aria-label"))
    page.execute_script("arguments[0].focus()", slider)
    press(page, Keys.ARROW_LEFT)
    wait(page, lambda: shown(page, ".picture img")[0].get_attribute("src") != first)


def test_what_is_wrong_is_one_line(page):
    tab(page, "Predict")
    click(page, "button.primary")
    said = wait(page, lambda: shown(page, ".toast-body"))[0].text
    assert "there is no file yet: choose one, or take held-out rows" in said
    assert "Traceback" not in page.page_source


def test_the_page_needs_no_mouse(page):
    """By Tab alone: to the labels, the sliders, the button; Enter generates."""
    seen = []
    for _ in range(60):
        press(page, Keys.TAB)
        active = page.switch_to.active_element
        seen.append((active.tag_name, active.get_attribute("aria-label") or active.text))
        if active.text == "Generate" and "primary" in (active.get_attribute("class") or ""):
            break
    names = " ".join(name for _, name in seen)
    for name in ("Run", "Age", "Generate", "Labels", "Rows of each label", "Steps", "Seed"):
        assert name in names, (name, seen)
    assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") != "none"
    press(page, Keys.ENTER)
    wait(page, lambda: shown(page, ".typed textarea"))


def test_a_training_that_goes_on_draws_its_curves_anew(page, place):
    run = Run.open(place / "run")
    log = run.log()
    tab(page, "Training")
    act(page)
    wait(page, lambda: any("Update 24 of 24" in e.get_property("value") for e in shown(page, "textarea, input")))
    click(page, "input[type=checkbox]")
    before = wait(page, lambda: shown(page, ".picture img"))[0].get_attribute("src")
    run.write_log([*log[:-1], log[-1] | {"adversarial_error": "0.123"}])
    try:
        wait(page, lambda: shown(page, ".picture img")[0].get_attribute("src") != before)
    finally:
        run.write_log(log)


OPENED = """
import sys
from pathlib import Path

stubs = []
sys.addaudithook(lambda event, given: stubs.append(given[0]) if event == "open" and ".pyi" in str(given[0]) else None)
from spinodal.ui.serving import served

with served([Path(sys.argv[1])]):
    print(sorted({"matplotlib", "sklearn", "h5py", "symusic"} & sys.modules.keys()))
    print([stub for stub in stubs if "gradio" in str(stub)])
"""


def test_a_page_opens_without_what_it_does_not_need(place):
    """Neither modules for pictures and scores, nor the stubs that gradio makes at each import: two seconds of CPU."""
    done = subprocess.run([sys.executable, "-c", OPENED, str(place / "run")], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "[]"], done.stderr


# -- endpoints ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(address, tmp_path_factory):
    return Client(address, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_every_action_has_an_endpoint(client):
    told = client.view_api(return_format="dict")
    assert {name.strip("/") for name in told["named_endpoints"]} == ENDPOINTS
    assert told["unnamed_endpoints"] == {}


def test_endpoints_give_what_commands_write(client, place, tmp_path):
    found, command, lines, notes = client.predict("run", "chosen", ["alpha"], 3, 3, 0, api_name="/generate")
    assert command == f"spinodal generate {place / 'run'} --label alpha=3 --out generated.csv"
    spinodal("generate", place / "run", "--label", "alpha=3", "--out", tmp_path / "generated.csv")
    assert Path(found[0]).read_bytes() == (tmp_path / "generated.csv").read_bytes()
    assert lines.startswith("name,")
    assert not notes
    upload = handle_file(tmp_path / "generated.csv")
    table, files, _, _ = client.predict("run", "chosen", upload, 0, api_name="/predict_labels")
    assert table["headers"][:3] == ["name", "predicted", "confidence"]
    assert Path(files[0]).name == "predictions.csv"


def test_programs_get_sound(client):
    heard = client.predict("music", "chosen", ["Bach"], 3, 3, 0, 3, api_name="/listen")
    assert Path(heard).read_bytes().startswith(b"RIFF")


def test_errors_of_endpoints_are_one_line(client):
    with pytest.raises(Exception, match="no label &quot;delta&quot;; there are: &quot;alpha&quot;") as said:
        client.predict("run", "chosen", ["delta"], 3, 3, 0, api_name="/generate")
    assert "\n" not in str(said.value)


def test_files_of_the_server_are_no_uploads(address, place):
    """Nobody reads a file of this computer by its path: only what was uploaded is read."""
    theirs = {"path": str(place / "table.csv"), "meta": {"_type": "gradio.FileData"}}
    asked = json.dumps({"data": ["run", "chosen", theirs, 0]}).encode()
    kind = {"Content-Type": "application/json"}
    with urlopen(Request(f"{address}gradio_api/call/predict_labels", asked, kind)) as answer:
        event = json.load(answer)["event_id"]
    with urlopen(f"{address}gradio_api/call/predict_labels/{event}") as answer:
        said = answer.read().decode()
    assert said.startswith("event: error"), said


def test_a_second_user_has_nothing_of_the_first(browser, page, address):
    tab(page, "Predict")
    take_rows(page)
    browser.switch_to.new_window("tab")
    try:
        browser.get(address)
        wait(browser, lambda: shown(browser, "button.primary"))
        tab(browser, "Predict")
        assert shown(browser, ".file-preview") == []
    finally:
        browser.close()
        browser.switch_to.window(browser.window_handles[0])


# -- the command --------------------------------------------------------------------------------


def test_the_command_serves_until_it_is_stopped(place):
    words = [sys.executable, "-m", "spinodal", "ui", str(place / "run"), "--no-browser"]
    as_typed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what runs in the background ignores it
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=as_typed)
    try:
        line = process.stderr.readline()
        assert line.startswith("the page is at http://127.0.0.1:"), line
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_that_is_taken_is_one_line(place, address):
    port = address.rstrip("/").rpartition(":")[2]
    code, said = spinodal("ui", place / "run", "--no-browser", "--port", port)
    assert (code, said) == (1, f"spinodal: port {port} is taken: choose another by --port, or leave it out\n")


def test_nothing_is_left_behind(place, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with served([place / "run"]) as address:
        client = Client(address, verbose=False, download_files=str(tmp_path / "downloads"))
        client.predict("run", "chosen", [], 3, 3, 0, api_name="/generate")
        assert list(tmp_path.glob("spinodal-ui-*"))
    assert not list(tmp_path.glob("spinodal-ui-*"))
