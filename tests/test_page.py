"""Pages have the numbers of records as text and as JSON, and load nothing from elsewhere."""

from __future__ import annotations

import base64
import itertools
import json
import re
from html.parser import HTMLParser

import pytest

from spinodal.reporting.page import RunReport, page
from spinodal.reporting.page.names import SCORES, describe
from spinodal.reporting.page.numbers import ideal, number, setting
from spinodal.reporting.page.pictures import SMALL
from spinodal.reporting.page.tables import best, comparable, unique_names

from .run_reports import PAGES, chaos, cloud, curve, genomes, run_report, score

VOID = {"meta", "link", "img", "br"}
NASTY = ('A < B & "C"', "</script><script>alert(1)</script>", "<!--", "çé 猫 'x'")
each_page = pytest.mark.parametrize("name", PAGES)


class Outline(HTMLParser):
    """The elements of a page, the text in them, and whether each is closed."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)

    def all(self, *tags):
        return [own for tag, own in self.elements if tag in tags]

    @property
    def words(self):
        return re.sub(r"\s+", " ", "".join(self.text))


@pytest.fixture(scope="module")
def pages():
    return {name: page([run_report(r) for r in records]) for name, records in PAGES.items()}


def simple(*scores, **more):
    """Pages of runs with one score each."""
    runs = [{"name": f"run {i}", "scores": {"copies": s}} for i, s in enumerate(scores)]
    return Outline(page([RunReport(run | more) for run in runs])).words


def evidence(html):
    """The numbers of a page, as a program reads them."""
    return json.loads(re.search(r'<script type="application/json" id="evidence">(.*?)</script>', html, re.S)[1])


@each_page
def test_a_page_is_well_formed_and_begins_with_its_type(name, pages):
    assert pages[name].startswith("<!doctype html>\n<html lang=")
    Outline(pages[name])


@each_page
def test_a_page_loads_nothing(name, pages):
    outline = Outline(pages[name])
    addresses = [own[k] for _, own in outline.elements for k in ("src", "href") if k in own]
    assert addresses
    assert all(a.startswith(("data:", "#")) for a in addresses)
    assert not re.search(r"url\(|@import|https?:", re.sub(r"base64,[\w+/=]+", "", pages[name]))
    assert [own["type"] for own in outline.all("script")] == ["application/json"]


@each_page
def test_headings_are_in_order_and_the_contents_lead_to_sections(name, pages):
    outline = Outline(pages[name])
    levels = [int(tag[1]) for tag, _ in outline.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert 1 not in levels[1:]
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    ids = [own["id"] for _, own in outline.elements if "id" in own]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in outline.all("a") if a["href"].startswith("#")} <= set(ids)
    assert {own["id"] for own in outline.all("section")} <= {own["href"][1:] for own in outline.all("a")}


@each_page
def test_tables_figures_and_boxes_are_labeled(name, pages):
    outline = Outline(pages[name])
    ids = {own.get("id") for own in outline.all("figcaption")}
    assert all("scope" in own for own in outline.all("th"))
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert all(own["alt"] and own["aria-describedby"] in ids for own in outline.all("img"))
    boxes = [own for own in outline.all("div") if own.get("class") == "box"]
    assert len(boxes) == len(outline.all("table"))
    assert all(own["tabindex"] == "0" and own["aria-label"] for own in boxes)
    labels = [own["aria-label"] for own in boxes]
    assert len(labels) == len(set(labels))


@each_page
def test_the_numbers_are_there_as_json_in_their_order(name, pages):
    runs = evidence(pages[name])["runs"]
    given = [run_report(r) for r in PAGES[name]]
    assert [run["record"] for run in runs] == [c.record for c in given]
    assert [run["verdicts"] for run in runs] == [c.verdicts for c in given]
    assert [run["about"] for run in runs] == [c.about for c in given]
    assert [list(run["record"]["scores"]) for run in runs] == [list(c.record["scores"]) for c in given]


@each_page
def test_the_link_saves_the_same_numbers(name, pages):
    (link,) = (own for own in Outline(pages[name]).all("a") if "download" in own)
    saved = base64.b64decode(link["href"].removeprefix("data:application/json;base64,"))
    assert json.loads(saved) == evidence(pages[name])


def test_the_same_runs_make_the_same_page(pages):
    assert page([run_report(r) for r in PAGES["chaos alone"]]) == pages["chaos alone"]


def test_large_figures_are_in_the_smaller_of_two_forms():
    figures = {name: (figure, "") for name, figure in (("lines", curve(chaos())), ("dots", cloud()))}
    lines, dots = Outline(page([RunReport({"name": "a"}, figures=figures)])).all("img")
    assert lines["src"].startswith("data:image/svg+xml;base64,")
    assert dots["src"].startswith("data:image/png;base64,")
    assert len(dots["src"]) < 4 / 3 * SMALL
    assert (dots["width"], dots["height"]) == ("672", "288")


@each_page
def test_every_score_has_a_value_and_a_description(name, pages):
    text = Outline(pages[name]).words
    for record in PAGES[name]:
        for key, own in record["scores"].items():
            assert describe(key).title in text
            assert describe(key).meaning in text
            assert number(own["value"]) in text


@each_page
def test_every_answer_has_its_numbers(name, pages):
    text = Outline(pages[name]).words
    for record in PAGES[name]:
        for verdict in run_report(record).verdicts:
            assert f"{verdict['question']} " in text
            assert f" {verdict['answer']} {verdict['because']}" in text


def test_captions_name_the_run_if_there_are_several(pages):
    assert "Scores of each label, hgd" not in Outline(pages["alone"]).words
    assert "Scores of each label, hgd" in Outline(pages["side by side"]).words


def test_a_run_without_labels_has_no_labels(pages):
    text = Outline(pages["chaos alone"]).words
    assert "Label by label" not in text
    assert "3 sets of 2,000 generated images" in text
    assert "Label accuracy the machine has no labels" in text


def test_long_lists_are_cut_and_differences_are_marked(pages):
    text = Outline(pages["side by side"]).words
    assert "notes · legend 1:0, 1:1, 1:2, … (805 in all)" in text
    assert "updates differs 3600 20000" in text
    assert "hidden 512 512" in text


def test_the_time_trained_for_and_the_best_are_marked(pages):
    assert "10 trained best 0.981 best 0.014 best 0.0016" in Outline(pages["alone"]).words


def test_a_score_that_a_label_lacks_is_none():
    copies = {"n": 4, "scores": {"copies": score(0.25, 0, "lower", floor=0.5)}}
    by_label = {"a": copies, "b": {"n": 3, "scores": {}}}
    text = Outline(page([RunReport({"name": "run", "by_label": by_label})])).words
    assert "LabelRowsCopies a 4 0.250 floor 0.500 b 3 –none" in text


def test_empty_bins_are_left_out(pages):
    assert "Rows 0.550 0.500 22 0.970 0.980 479" in Outline(pages["alone"]).words


@pytest.mark.parametrize("name", NASTY)
def test_names_are_shown_as_they_are(name):
    record = genomes(name, labels=(name, "other", "c", "d", "e"))
    answers = [{"question": name, "answer": "yes", "because": name}]
    html = page([RunReport(record, answers, about={name: {name: name}})], title=name)
    outline = Outline(html)
    assert outline.words.count(name) >= 6
    assert len(outline.all("script")) == 1
    assert evidence(html)["runs"][0]["record"] == record


@pytest.mark.parametrize(
    "name", ["a\x00b", "\x1b[31mred", "\u202eright to left\u2069", "x" * 3000, "two\nlines", "\ud7ff"]
)
def test_unprintable_characters_are_replaced(name):
    record = {"name": name, "labels": {"label": [name, "b"]}, "confusion": {"judged": [[1, 0], [0, 1]]}}
    record |= {"by_label": {name: {"n": 3, "scores": {"copies": score(0.1, 0.0, "lower")}}}}
    record["not_measured"] = [{"what": f"{name}: all scores", "why": name}]
    html = page([RunReport(record, about={"data": {"label": name}})])
    text = Outline(html).text
    assert all(c.isprintable() or c.isspace() for part in text for c in part)
    assert evidence(html)["runs"][0]["record"]["by_label"].keys() == {name}


def test_a_score_of_fewer_rows_has_their_number():
    copies = {"value": 0.1, "better": "lower", "n": 10}
    text = Outline(page([RunReport({"name": "run", "n": 1000, "scores": {"copies": copies}})])).words
    assert "0.100 of 10 rows only" in text


def test_a_page_without_scores_has_no_empty_sections():
    outline = Outline(page([RunReport({"name": "bare"})]))
    assert [own["id"] for own in outline.all("section")] == ["reading", "numbers"]


def test_a_page_needs_a_run():
    with pytest.raises(ValueError, match="one run or more"):
        page([])


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("where", ["scores", "times"])
def test_what_is_not_finite_is_named(wrong, where):
    record = {"name": "a", "scores": {"copies": score(wrong, 0, "lower")}}
    record = record if where == "scores" else {"name": "a", "times": [record]}
    with pytest.raises(ValueError, match=r"run 0, record, (times, 0, )?scores, copies, value is not finite"):
        page([RunReport(record)])


@pytest.mark.parametrize(
    ("better", "values", "winners"),
    [
        ("lower", [0.1, 0.2, 0.3], {0}),
        ("higher", [0.1, 0.3, 0.3], {1, 2}),
        ("near", [0.1, 0.6, 0.8], {1}),
        ("near", [0.5], set()),
        ("lower", [0.2, 0.2], set()),
    ],
)
def test_the_best_is_nearest_to_its_ideal(better, values, winners):
    assert best([score(x, 0.5, better) for x in values]) == winners


def test_runs_whose_intervals_overlap_are_best_together():
    scores = [score(x, 0, "lower", interval=[x - 0.1, x + 0.1]) for x in (0.3, 0.4, 0.9)]
    assert best(scores) == {0, 1}
    assert best([*scores[:2], None]) == set()
    assert best([scores[0], score(0.31, 0, "lower")]) == {0}
    assert best([score(x, 0, "lower") for x in (0.01701, 0.01702, 0.03)]) == {0, 1}


def test_without_an_ideal_none_is_best():
    assert best([{"value": x, "better": "near"} for x in (0.1, 0.2)]) == set()


def test_notes_stand_below_the_value():
    copies = score(0.25, 0, "lower", duplicates=0.125, interval=[0.2, 0.3])
    auc = score(0.75, 0.5, "near", alarm=True)
    text = Outline(page([RunReport({"name": "a", "scores": {"copies": copies, "membership_auc": auc}})])).words
    assert "0.250 0.200 to 0.300 duplicates 0.125" in text
    assert "0.750 more than chance" in text


def test_missing_scores_of_single_labels_are_in_a_closed_part():
    gaps = [{"what": k, "why": f"why {i}"} for i, k in enumerate(["copies", "a: copies", "a: interval of novelty"])]
    html = page([RunReport({"name": "run", "not_measured": gaps})])
    _, shown, behind = re.search('id="missing".*?</section>', html, re.S)[0].split("<details>")
    assert "why 0" in shown
    assert "a: why 1" not in shown
    assert all(
        part in behind for part in ("Of single labels", "Copies", "a: why 1", "Novelty, its interval", "a: why 2")
    )
    only = page([RunReport({"name": "run", "not_measured": gaps[1:]})])
    assert "Scores of single labels that were not measured" in only
    assert "Scores that were not measured" not in only


def test_a_best_run_is_marked_only_on_equal_data(pages):
    assert simple(score(0.1, 0, "lower"), score(0.2, 0, "lower")).count("best 0.100") == 1
    assert comparable([genomes(), genomes(worse=2.0)])
    assert not comparable([genomes(), chaos()])
    assert "no run is marked as best" in Outline(pages["unlike"]).words


def test_a_score_without_a_description_has_a_title_from_its_name():
    record = {"name": "a", "scores": {"phase_error": score(0.25, 0.0, "lower")}}
    text = Outline(page([RunReport(record)])).words
    assert "Phase error lower is better" in text
    assert "This score has no description." in text


def test_runs_of_one_name_get_different_names():
    runs = [{"name": "a", "age": 1, "steps": s} for s in (10, 100)]
    assert unique_names(runs) == ["a, age 1, 10 steps", "a, age 1, 100 steps"]
    assert unique_names([runs[0], runs[0]]) == ["a, age 1, 10 steps (1)", "a, age 1, 10 steps (2)"]
    assert unique_names([runs[0], runs[1] | {"name": "b"}]) == ["a", "b"]


def test_descriptions_are_short_sentences():
    every = [own for topic in SCORES.values() for own in topic.values()]
    assert all(own.meaning.endswith(".") and len(own.meaning) < 120 for own in every)
    assert len({own.title for own in every}) == len(every)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0137, "0.014"),
        (0.00213, "0.0021"),
        (2.13e-4, "2.1e-4"),
        (1.0, "1.000"),
        (1.234, "1.23"),
        (99.96, "100.0"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (3.21e7, "3.2e7"),
        (-0.0137, "−0.014"),
        (-2e-4, "−2.0e-4"),
        (0, "0"),
        (None, ""),
    ],
)
def test_numbers_have_few_digits(x, text):
    assert number(x) == text


@pytest.mark.parametrize("x", [10.0**k * m for k in range(-9, 10) for m in (1.04, 5.55, 9.4)])
def test_numbers_are_right_to_five_percent(x):
    assert float(number(x).replace(",", "")) == pytest.approx(x, rel=0.05)


def test_ideals_and_settings():
    assert [ideal(x) for x in (None, 0.0, 1.0, 0.5, 0.1834)] == ["", "0", "1", "0.5", "0.183"]
    every = ({}, [], (1, 2), [["a", "b"], ["c"]], {"a": None}, False, 0.05)
    assert [setting(x) for x in every] == ["none", "none", "1, 2", "a, b; c", "a none", "no", "0.05"]


def test_labels_that_lack_a_score_for_one_reason_share_a_row():
    gaps = [{"what": f"{k}: copies", "why": "too few"} for k in "abc"] + [{"what": "d: copies", "why": "other"}]
    text = Outline(page([RunReport({"name": "run", "not_measured": gaps})])).words
    assert "Copies a, b, c: too few; d: other" in text
