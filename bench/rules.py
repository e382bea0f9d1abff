"""Rules: our number and a verdict for a claim, from records of runs; the page prints the docstrings of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spinodal.evaluation.verdicts import MARGIN, chance, ends, verdicts
from spinodal.reporting.page.numbers import number

from . import published

YES, PART, NO = "reproduced", "in part", "not"
NOT_RUN, UNDECIDED, NO_NUMBER, ELSEWHERE = "not run", "undecided", "no number published", "elsewhere"

Record = Mapping[str, Any]
Runs = Mapping[str, Mapping[str, Any]]
"""Runs of reports by their names: {"record", "verdicts", "about"}."""


class Missing(LookupError):
    """Something that a rule needs is missing: what it is, and the verdict that follows."""

    def __init__(self, why: str, verdict: str = NOT_RUN) -> None:
        super().__init__(why)
        self.why, self.verdict = why, verdict


@dataclass(frozen=True)
class Answer:
    """Our numbers, the runs and conditions that they are from, and the verdict on the claim."""

    ours: str
    conditions: str
    verdict: str


# -- numbers of records -------------------------------------------------------------------------


def record_of(runs: Runs, name: str) -> Record:
    """The record of a run."""
    if name not in runs:
        raise Missing(f"{name} is not among the runs")
    return runs[name]["record"]


def score(record: Record, name: str) -> Mapping[str, Any]:
    """A score of a record."""
    if name not in record["scores"]:
        raise Missing(f"{record['name']}: {name} was not measured")
    return record["scores"][name]


def over_time(record: Record, name: str) -> dict[int, float]:
    """A score at each generation time."""
    values = {row["time"]: row["scores"][name]["value"] for row in record.get("times", []) if name in row["scores"]}
    if record["steps"] not in values or len(values) < 2:
        raise Missing(f"{record['name']}: {name} was not measured over time")
    return values


def log(record: Record, name: str) -> dict[int, float]:
    """A score of the log at each saved age above 0; {} without a log."""
    return {row["age"]: row[name] for row in record.get("log", []) if name in row and row["age"]}


def over_age(record: Record, name: str) -> dict[int, float]:
    """A score of the log at several saved ages."""
    values = log(record, name)
    if len(values) < 2:
        raise Missing(f"{record['name']}: the log has no {name} of several ages")
    return values


def score_at(record: Record, name: str, age: int) -> tuple[float, tuple[float, float], str]:
    """A score, its interval, and a note, at the last logged age up to `age`; without a log, those of the record."""
    own, earlier = score(record, name), {a: x for a, x in log(record, name).items() if a <= age}
    if record["age"] <= age or not earlier:
        return own["value"], ends(own), ""
    at, (low, high) = max(earlier), ends(own)
    shift = earlier[at] - own["value"]
    return earlier[at], (low + shift, high + shift), f" (at {number(at)} updates)"


def chance_level(record: Record) -> float:
    """The share of the most common label among the held-out rows."""
    if not 0 < (share := chance(record, "predicted")) < 1:
        raise Missing(f"{record['name']}: labels were not counted")
    return share


def check_informative(record: Record) -> None:
    """Raise Missing if rows of independent sites have the adversarial error of data: it can't show a difference."""
    own = score(record, "adversarial_error")
    if own.get("baseline", 0.5) <= own.get("floor", 0.0) + MARGIN:
        raise Missing(f"{record['name']}: independent sites have the adversarial error of data", UNDECIDED)


def conditions(*records: Record) -> str:
    """The runs, their ages, their numbers of rows, and the score that chose an age on these rows."""
    return "; ".join(
        f"{r['name']} at {number(r['age'])} updates, n = {number(r['n'])}"
        + (f", age chosen by {r['chosen_by']} on these rows" if "chosen_by" in r else "")
        for r in records
    )


# -- rules of the F&F paper ---------------------------------------------------------------------


def label_accuracy(runs: Runs, name: str, paper: Mapping[str, tuple[float, int]], data: str) -> Answer:
    """The best accuracy a of all saved ages, rescaled to a' = (a - c) / (1 - c), where c is the share of the most
    common label, because c differs between our data and the paper's. Reproduced: the upper end of the interval of a'
    is at least the paper's a' - 0.02. In part: a' is more than half of the paper's. Not: otherwise.
    """
    record = record_of(runs, name)
    own, mine = score(record, "accuracy"), chance_level(record)
    ages = {record["age"]: own["value"]} | log(record, "accuracy")
    age = max(ages, key=lambda a: (ages[a], -a))
    ours = f"{number(ages[age])} at {number(age)} updates"
    where = f"{conditions(record)}; by chance {number(mine)}"
    if data not in paper:
        return Answer(ours, where, NO_NUMBER)
    asked, theirs = paper[data][0], published.CHANCE[data]
    wanted = (asked - theirs) / (1 - theirs)
    top = (ages[age] + ends(own)[1] - own["value"] - mine) / (1 - mine)
    enough, half = top >= wanted - MARGIN, (ages[age] - mine) / (1 - mine) > wanted / 2
    return Answer(ours, f"{where}, the paper's {number(theirs)}", YES if enough else PART if half else NO)


def least_at_k(runs: Runs, name: str, k: int, error: str) -> Answer:
    """An error over generation time. Reproduced: of all measured times, it is least at k, the number of steps of
    training. In part: the least error is within the interval of the error at k. Not: otherwise. Undecided: independent
    sites have the adversarial error of data.
    """
    record = record_of(runs, name)
    if record["steps"] != k:
        raise Missing(f"{name} was trained for {record['steps']} steps, not {k}")
    if error == "adversarial_error":
        check_informative(record)
    errors = over_time(record, error)
    if not min(errors) < k < max(errors):
        raise Missing(f"{name}: {error} was not measured before and after {k} steps")
    best, low = min(errors, key=lambda t: (errors[t], t != k)), ends(score(record, error))[0]
    ours = f"{number(errors[k])} at {k}" + (f", least {number(errors[best])} at {best}" if best != k else ", least")
    if 10 * k in errors and errors[k]:
        ours += f"; at {10 * k} {number(errors[10 * k] / errors[k])} times that"
    times = f"times {', '.join(map(str, sorted(errors)))}"
    verdict = YES if best == k else PART if low <= errors[best] else NO
    return Answer(ours, f"{conditions(record)}; {times}", verdict)


def median_error(runs: Runs, name: str, error: str, paper: Mapping[str, tuple[float, float]]) -> Answer:
    """The median over labels of an error at the number of steps of training. Reproduced: it is at most the largest
    error of a label in the paper's figure. In part: it is at most twice that, the precision of values read off the
    figure. Not: otherwise. Undecided: independent sites have the adversarial error of data.
    """
    record = record_of(runs, name)
    if error == "adversarial_error":
        check_informative(record)
    every = [own["scores"][error] for own in record["by_label"].values() if error in own["scores"]]
    if not every:
        raise Missing(f"{name}: {error} was not measured by label")
    values = sorted(own["value"] for own in every)
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    floors = sorted(own["floor"] for own in every if "floor" in own)
    ours = f"{number(middle)} ({number(values[0])} to {number(values[-1])})"
    where = conditions(record) + (f"; floors {number(floors[0])} to {number(floors[-1])}" if floors else "")
    if name not in paper:
        return Answer(ours, where, NO_NUMBER)
    top = paper[name][1]
    return Answer(ours, where, YES if middle <= top else PART if middle <= 2 * top else NO)


def faster_than_pcd(runs: Runs, name: str, other: str) -> Answer:
    """The adversarial error of F&F at k, its number of steps of training, and that of PCD at the first measured time
    from k on and at the last one. If PCD was trained with k steps too, F&F has at most the updates of PCD. Reproduced:
    the error of F&F is less than both by 0.02 or more. In part: it is less than one of them. Not: otherwise.
    Undecided: independent sites have the adversarial error of data.
    """
    fast, slow = record_of(runs, name), record_of(runs, other)
    check_informative(fast)
    k, theirs = fast["steps"], over_time(slow, "adversarial_error")
    mine, _, at = score_at(fast, "adversarial_error", slow["age"] if slow["steps"] == k else fast["age"])
    later = sorted(t for t in theirs if t >= k)
    if len(later) < 2:
        raise Missing(f"{other}: the adversarial error was not measured at two times from {k} steps on")
    first, last = later[0], later[-1]
    ours = f"F&F {number(mine)} at {k}{at}; PCD {number(theirs[first])} at {first}, {number(theirs[last])} at {last}"
    wins = sum(mine + MARGIN <= theirs[t] for t in (first, last))
    return Answer(ours, conditions(fast, slow), (NO, PART, YES)[wins])


def equal_errors(runs: Runs, name: str, other: str) -> Answer:
    """The adversarial errors of two runs; the first has at most the updates of the second. Reproduced: their intervals
    overlap, or they differ by 0.02 or less. In part: they differ by 0.05 or less. Not: otherwise. Undecided:
    independent sites have the adversarial error of data.
    """
    ours, theirs = (record_of(runs, each) for each in (name, other))
    check_informative(ours)
    a, (low, high), at = score_at(ours, "adversarial_error", theirs["age"])
    b = score(theirs, "adversarial_error")
    overlap, difference = low <= ends(b)[1] and ends(b)[0] <= high, abs(a - b["value"])
    verdict = YES if overlap or difference <= MARGIN else PART if difference <= 0.05 else NO
    return Answer(f"{number(a)}{at}, {number(b['value'])}", conditions(ours, theirs), verdict)


def lower_score(runs: Runs, name: str, other: str, what: str) -> Answer:
    """A score of two runs; the first has at most the updates of the second, and the second should have the lower score.
    Reproduced: it is lower, and the intervals don't overlap. In part: it is lower, and they overlap. Not: otherwise.
    """
    ours, theirs = (record_of(runs, each) for each in (name, other))
    a, (low, _), at = score_at(ours, what, theirs["age"])
    b = score(theirs, what)
    verdict = YES if ends(b)[1] < low else PART if b["value"] < a else NO
    return Answer(f"{number(a)}{at}, {number(b['value'])}", conditions(ours, theirs), verdict)


def accuracy_collapse(runs: Runs, name: str) -> Answer:
    """The accuracy at the last saved age and the best accuracy. Reproduced: the last accuracy is below the middle
    between chance and the best. In part: it is below the best by more than 0.02. Not: otherwise.
    """
    record = record_of(runs, name)
    ages, mine = over_age(record, "accuracy"), chance_level(record)
    best, last = max(ages, key=lambda a: (ages[a], -a)), max(ages)
    ours = f"{number(ages[best])} at update {number(best)}, {number(ages[last])} at {number(last)}"
    collapsed, lower = ages[last] < (mine + ages[best]) / 2, ages[last] < ages[best] - MARGIN
    verdict = YES if collapsed else PART if lower else NO
    return Answer(ours, f"{name}, {len(ages)} ages; by chance {number(mine)}", verdict)


ANSWERS = {"yes": YES, "partly": PART, "no": NO}


def report_answer(runs: Runs, name: str, question: str, what: str, bound: str) -> Answer:
    """The verdict of the report on a run (docs/scores.md has its rules). Reproduced: yes. In part: partly. Not: no."""
    record = record_of(runs, name)
    own = score(record, what)
    answer = next(v["answer"] for v in verdicts(record) if v["question"] == question)
    if answer not in ANSWERS:
        raise Missing(f"{name}: the report is undecided, since independent sites are as good as data", UNDECIDED)
    ours = number(own["value"]) + (f" ({bound} {number(own[bound])})" if bound in own else "")
    return Answer(ours, conditions(record), ANSWERS[answer])


# -- rules of the chaos paper -------------------------------------------------------------------

ERRORS = {"second_moment_error": "E(2)", "spectrum_error": "E(s)", "adversarial_error": "E(AAI)"}


def least_at_end(runs: Runs, name: str) -> Answer:
    """The measured times at which E(2), E(s) and E(AAI) are least. Reproduced: all are least at T, the number of steps
    of training. In part: some are. Not: none is.
    """
    record = record_of(runs, name)
    every = {short: over_time(record, error) for error, short in ERRORS.items()}
    steps = record["steps"]
    best = {short: min(errors, key=lambda t: (errors[t], t != steps)) for short, errors in every.items()}
    right = sum(time == steps for time in best.values())
    ours = "; ".join(f"{short} {number(every[short][steps])}, least at {time}" for short, time in best.items())
    times = ", ".join(map(str, sorted(every["E(2)"])))
    verdict = YES if right == len(best) else PART if right else NO
    return Answer(ours, f"{conditions(record)}; T = {steps}, times {times}", verdict)


def saturation(runs: Runs, name: str) -> Answer:
    """The fall of E(2), E(s) and E(AAI) up to half of the updates (the last saved age until then), as a share of the
    fall from the first to the last saved age; the smallest of the three shares. Reproduced: it is 0.9 or more. In
    part: it is 0.5 or more. Not: otherwise, or if an error doesn't fall.
    """
    record = record_of(runs, name)
    shares = {}
    for error, short in ERRORS.items():
        ages = over_age(record, error)
        first, last = min(ages), max(ages)
        half = max(a for a in ages if a <= max(first, last / 2))
        fall = ages[first] - ages[last]
        shares[short] = (ages[first] - ages[half]) / fall if fall > 0 else 0.0
    ours, least = "; ".join(f"{short} {number(x)}" for short, x in shares.items()), min(shares.values())
    return Answer(ours, f"{name}, {len(ages)} ages", YES if least >= 0.9 else PART if least >= 0.5 else NO)


def other_page(runs: Runs, where: str) -> Answer:
    """The measurement is not in the records; it is on the page that is linked."""
    return Answer("", where, ELSEWHERE)
