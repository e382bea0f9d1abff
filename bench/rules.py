"""Rules: from records of evidence to our number and a verdict; the page prints their docstrings, which say it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spinodal.evaluation.verdicts import MARGIN, chance, ends, verdicts
from spinodal.reporting.page.numbers import number

from . import published

YES, PART, NO = "reproduced", "in part", "not"
NOT_RUN, UNTOLD, NO_NUMBER, ELSEWHERE = "not run", "can't be told", "no number published", "elsewhere"

Record = Mapping[str, Any]
Runs = Mapping[str, Mapping[str, Any]]
"""Runs of reports by their names: {"record", "verdicts", "about"}."""


class Missing(LookupError):
    """What is not there, and what that makes of the verdict."""

    def __init__(self, why: str, verdict: str = NOT_RUN) -> None:
        super().__init__(why)
        self.why, self.verdict = why, verdict


@dataclass(frozen=True)
class Answer:
    """What we found, of which runs, and what it says of the claim."""

    ours: str
    conditions: str
    verdict: str


# -- what records say ---------------------------------------------------------------------------


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
    found = {row["time"]: row["scores"][name]["value"] for row in record.get("times", []) if name in row["scores"]}
    if record["steps"] not in found or len(found) < 2:
        raise Missing(f"{record['name']}: {name} was not measured over time")
    return found


def log(record: Record, name: str) -> dict[int, float]:
    """A score of the log at each saved age that was trained, as far as there is a log."""
    return {row["age"]: row[name] for row in record.get("log", []) if name in row and row["age"]}


def over_age(record: Record, name: str) -> dict[int, float]:
    """A score of the log at several saved ages."""
    found = log(record, name)
    if len(found) < 2:
        raise Missing(f"{record['name']}: the log has no {name} of several ages")
    return found


def until(record: Record, name: str, age: int) -> tuple[float, tuple[float, float], str]:
    """A score, its interval and where it stands, at no more updates than another run had, as far as the log has it."""
    own, younger = score(record, name), {a: x for a, x in log(record, name).items() if a <= age}
    if record["age"] <= age or not younger:
        return own["value"], ends(own), ""
    at, (low, high) = max(younger), ends(own)
    moved = younger[at] - own["value"]
    return younger[at], (low + moved, high + moved), f" (at {number(at)} updates)"


def guess(record: Record) -> float:
    """The share of the most common label among the held-out rows."""
    if not 0 < (found := chance(record, "predicted")) < 1:
        raise Missing(f"{record['name']}: labels were not counted")
    return found


def seeing(record: Record) -> None:
    """Raise Missing where the adversarial error of independent sites is that of data, so that it tells nothing."""
    own = score(record, "adversarial_error")
    if own.get("baseline", 0.5) <= own.get("floor", 0.0) + MARGIN:
        raise Missing(f"{record['name']}: independent sites have the adversarial error of data", UNTOLD)


def conditions(*records: Record) -> str:
    """Which runs, at which age, of how many rows, and what was chosen on these."""
    return "; ".join(
        f"{r['name']} at {number(r['age'])} updates, n = {number(r['n'])}"
        + (f", age chosen by {r['chosen_by']} on these rows" if "chosen_by" in r else "")
        for r in records
    )


# -- rules of the F&F paper ---------------------------------------------------------------------


def knows_labels(runs: Runs, name: str, paper: Mapping[str, tuple[float, int]], data: str) -> Answer:
    """The best accuracy a of all saved ages, as a' = (a - c) / (1 - c), its share of the way from chance c to 1. Chance
    is the share of the most common label, which differs between our data and the paper's. Reproduced: the upper end of
    the interval of a' is at least the paper's a' less 0.02. In part: a' is more than half of the paper's. Not:
    otherwise.
    """
    record = record_of(runs, name)
    own, mine = score(record, "accuracy"), guess(record)
    ages = {record["age"]: own["value"]} | log(record, "accuracy")
    age = max(ages, key=lambda a: (ages[a], -a))
    said = f"{number(ages[age])} at {number(age)} updates"
    where = f"{conditions(record)}; by chance {number(mine)}"
    if data not in paper:
        return Answer(said, where, NO_NUMBER)
    asked, theirs = paper[data][0], published.CHANCE[data]
    wanted = (asked - theirs) / (1 - theirs)
    top = (ages[age] + ends(own)[1] - own["value"] - mine) / (1 - mine)
    enough, half = top >= wanted - MARGIN, (ages[age] - mine) / (1 - mine) > wanted / 2
    return Answer(said, f"{where}, the paper's {number(theirs)}", YES if enough else PART if half else NO)


def dips(runs: Runs, name: str, k: int, error: str) -> Answer:
    """An error as a function of generation time. Reproduced: of all measured times it is smallest at k, the steps of
    the training. In part: the smallest error is within the interval of the error at k. Not: otherwise. If independent
    sites have the adversarial error of data, the verdict is "can't be told".
    """
    record = record_of(runs, name)
    if record["steps"] != k:
        raise Missing(f"{name} was trained for {record['steps']} steps, not {k}")
    if error == "adversarial_error":
        seeing(record)
    found = over_time(record, error)
    if not min(found) < k < max(found):
        raise Missing(f"{name}: {error} was not measured before and after {k} steps")
    best, low = min(found, key=lambda t: (found[t], t != k)), ends(score(record, error))[0]
    said = f"{number(found[k])} at {k}" + (f", least {number(found[best])} at {best}" if best != k else ", least")
    if 10 * k in found and found[k]:
        said += f"; at {10 * k} {number(found[10 * k] / found[k])} times that"
    times = f"times {', '.join(map(str, sorted(found)))}"
    verdict = YES if best == k else PART if low <= found[best] else NO
    return Answer(said, f"{conditions(record)}; {times}", verdict)


def as_low(runs: Runs, name: str, error: str, paper: Mapping[str, tuple[float, float]]) -> Answer:
    """The median over labels of an error at the steps of the training. Reproduced: at most the largest value of a label
    in the paper's figure. In part: at most twice that, because the figure can be read only with this accuracy. Not:
    otherwise. If independent sites have the adversarial error of data, the verdict is "can't be told".
    """
    record = record_of(runs, name)
    if error == "adversarial_error":
        seeing(record)
    every = [own["scores"][error] for own in record["by_label"].values() if error in own["scores"]]
    if not every:
        raise Missing(f"{name}: {error} was not measured by label")
    values = sorted(own["value"] for own in every)
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    floors = sorted(own["floor"] for own in every if "floor" in own)
    said = f"{number(middle)} ({number(values[0])} to {number(values[-1])})"
    where = conditions(record) + (f"; floors {number(floors[0])} to {number(floors[-1])}" if floors else "")
    if name not in paper:
        return Answer(said, where, NO_NUMBER)
    top = paper[name][1]
    return Answer(said, where, YES if middle <= top else PART if middle <= 2 * top else NO)


def sooner(runs: Runs, name: str, other: str) -> Answer:
    """The adversarial error of F&F at the steps of its training, compared with that of PCD at the first measured time
    that is not shorter, and at the last one. If both have the same steps, F&F is taken at no more updates than PCD had.
    Reproduced: it is smaller than both by 0.02 or more. In part: smaller than one. Not: otherwise. If independent sites
    have the adversarial error of data, the verdict is "can't be told".
    """
    fast, slow = record_of(runs, name), record_of(runs, other)
    seeing(fast)
    k, theirs = fast["steps"], over_time(slow, "adversarial_error")
    mine, _, at = until(fast, "adversarial_error", slow["age"] if slow["steps"] == k else fast["age"])
    later = sorted(t for t in theirs if t >= k)
    if len(later) < 2:
        raise Missing(f"{other}: the adversarial error was not measured at two times from {k} steps on")
    first, last = later[0], later[-1]
    said = f"F&F {number(mine)} at {k}{at}; PCD {number(theirs[first])} at {first}, {number(theirs[last])} at {last}"
    wins = sum(mine + MARGIN <= theirs[t] for t in (first, last))
    return Answer(said, conditions(fast, slow), (NO, PART, YES)[wins])


def alike(runs: Runs, name: str, other: str) -> Answer:
    """The adversarial errors of two runs, the first at no more updates than the second had. Reproduced: their intervals
    overlap, or they differ by 0.02 or less. In part: they differ by 0.05 or less. Not: otherwise. If independent sites
    have the adversarial error of data, the verdict is "can't be told".
    """
    ours, theirs = (record_of(runs, each) for each in (name, other))
    seeing(ours)
    a, (low, high), at = until(ours, "adversarial_error", theirs["age"])
    b = score(theirs, "adversarial_error")
    overlap, apart = low <= ends(b)[1] and ends(b)[0] <= high, abs(a - b["value"])
    verdict = YES if overlap or apart <= MARGIN else PART if apart <= 0.05 else NO
    return Answer(f"{number(a)}{at}, {number(b['value'])}", conditions(ours, theirs), verdict)


def less(runs: Runs, name: str, other: str, what: str) -> Answer:
    """A score of two runs, the first at no more updates than the second had. The second should have the lower score.
    Reproduced: it has, and their intervals don't overlap. In part: it has, and they overlap. Not: otherwise.
    """
    ours, theirs = (record_of(runs, each) for each in (name, other))
    a, (low, _), at = until(ours, what, theirs["age"])
    b = score(theirs, what)
    verdict = YES if ends(b)[1] < low else PART if b["value"] < a else NO
    return Answer(f"{number(a)}{at}, {number(b['value'])}", conditions(ours, theirs), verdict)


def collapses(runs: Runs, name: str) -> Answer:
    """The accuracy at the last saved age, compared with the best. Reproduced: the last is less than half-way from
    chance to the best. In part: it is less than the best by more than 0.02. Not: otherwise.
    """
    record = record_of(runs, name)
    ages, mine = over_age(record, "accuracy"), guess(record)
    best, last = max(ages, key=lambda a: (ages[a], -a)), max(ages)
    said = f"{number(ages[best])} at update {number(best)}, {number(ages[last])} at {number(last)}"
    gone, less = ages[last] < (mine + ages[best]) / 2, ages[last] < ages[best] - MARGIN
    return Answer(said, f"{name}, {len(ages)} ages; by chance {number(mine)}", YES if gone else PART if less else NO)


ANSWERS = {"yes": YES, "partly": PART, "no": NO}


def answered(runs: Runs, name: str, question: str, shown: str, beside: str) -> Answer:
    """The verdict of the report on a run (docs/scores.md has the rules). Reproduced: yes. In part: partly. Not: no."""
    record = record_of(runs, name)
    own = score(record, shown)
    answer = next(v["answer"] for v in verdicts(record) if v["question"] == question)
    if answer not in ANSWERS:
        raise Missing(f"{name}: the report can't tell, since independent sites do as well as data", UNTOLD)
    said = number(own["value"]) + (f" ({beside} {number(own[beside])})" if beside in own else "")
    return Answer(said, conditions(record), ANSWERS[answer])


# -- rules of the chaos paper -------------------------------------------------------------------

ERRORS = {"second_moment_error": "E(2)", "spectrum_error": "E(s)", "adversarial_error": "E(AAI)"}


def best_at_end(runs: Runs, name: str) -> Answer:
    """The measured times at which E(2), E(s) and E(AAI) are smallest. Reproduced: T, the steps of the training, for all
    three. In part: T for some. Not: T for none.
    """
    record = record_of(runs, name)
    every = {short: over_time(record, error) for error, short in ERRORS.items()}
    steps = record["steps"]
    best = {short: min(found, key=lambda t: (found[t], t != steps)) for short, found in every.items()}
    right = sum(time == steps for time in best.values())
    said = "; ".join(f"{short} {number(every[short][steps])}, least at {time}" for short, time in best.items())
    times = ", ".join(map(str, sorted(every["E(2)"])))
    verdict = YES if right == len(best) else PART if right else NO
    return Answer(said, f"{conditions(record)}; T = {steps}, times {times}", verdict)


def saturates(runs: Runs, name: str) -> Answer:
    """The share of the decrease of E(2), E(s) and E(AAI), from the first saved age to the last, that is reached at half
    of the updates (the last age until then); the smallest of the three counts. Reproduced: nine tenths or more. In
    part: half or more. Not: otherwise, or if an error doesn't decrease.
    """
    record = record_of(runs, name)
    done = {}
    for error, short in ERRORS.items():
        ages = over_age(record, error)
        first, last = min(ages), max(ages)
        half = max(a for a in ages if a <= max(first, last / 2))
        fall = ages[first] - ages[last]
        done[short] = (ages[first] - ages[half]) / fall if fall > 0 else 0.0
    said, least = "; ".join(f"{short} {number(x)}" for short, x in done.items()), min(done.values())
    return Answer(said, f"{name}, {len(ages)} ages", YES if least >= 0.9 else PART if least >= 0.5 else NO)


def elsewhere(runs: Runs, where: str) -> Answer:
    """Not in the records: the result is on the page that is named."""
    return Answer("", where, ELSEWHERE)
