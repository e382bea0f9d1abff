"""Verdicts: what a record of evidence says of a generator, as answers to five questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MARGIN = 0.02
"""What a score may lack to count as good as what it is compared with."""

Record = Mapping[str, Any]
Verdict = dict[str, str]


def verdicts(record: Record) -> list[Verdict]:
    """Five questions, each {"question", "answer", "because"}; the answer is yes, no, partly or unknown.

    Chance is the share of the most common label, top and bottom are those of a score's interval (its value, where it
    has none), and MARGIN is 0.02.

        Does it know the labels?            accuracy on held-out rows; best: the judge's on the same rows, else 1
        Does it generate the label asked for?   judged fidelity; best: its ceiling. Without a judge: label fidelity;
                                                best: its floor, else 1
            yes: top >= best - MARGIN.  partly: value more than half-way from chance to best.  no: else
        Is it as good as fresh data?        adversarial error
            yes: bottom <= floor + MARGIN.  partly: value below half-way from the baseline (1/2 without) to the floor.
            no: else.  unknown: the baseline itself is at most MARGIN above the floor, so that nothing is told by it
        Does it copy?                       copies, and the alarm of membership AUC
            own: the larger of floor and twins, p, and two standard errors more, 2 sqrt(p (1 - p) / n)
            yes: bottom of copies > own + MARGIN; or the alarm, where held-out rows are like training rows: the floor
            of the adversarial error is at most MARGIN.  partly: bottom of copies > own.  unknown: the alarm, where they
            are not alike.  no: else
        Is it best at the time trained for?           adversarial error over generation time
            yes: at the time it was trained for.  partly: there it is at most MARGIN above the best.  no: else.
            unknown: as above

    Unknown where the record lacks the score; copies alone, or the alarm alone, are enough to say that it copies.
    """
    return [_labels(record), _asked(record), _fresh(record), _copies(record), _time(record)]


def _labels(record: Record) -> Verdict:
    question, score = "Does it know the labels?", record["scores"].get("accuracy")
    if score is None:
        return _verdict(question, "unknown", _lacking(record, "accuracy"))
    best = record["scores"].get("judged_fidelity", {}).get("ceiling", 1.0)
    return _near(question, "the accuracy on held-out rows", score, best, chance(record, "predicted"))


def _asked(record: Record) -> Verdict:
    question, scores = "Does it generate the label asked for?", record["scores"]
    if judged := scores.get("judged_fidelity"):
        best, guess = judged.get("ceiling", 1.0), chance(record, "judged")
        return _near(question, "the share that an independent judge recognizes", judged, best, guess)
    if own := scores.get("label_fidelity"):
        best, guess = own.get("floor", 1.0), chance(record, "generated")
        return _near(question, "the share that the machine itself recognizes", own, best, guess)
    return _verdict(question, "unknown", _lacking(record, "fidelity"))


def _lacking(record: Record, score: str) -> str:
    return f"no {score} was measured" if record.get("labels") else "it learned no labels"


def _near(question: str, what: str, score: Mapping[str, Any], best: float, guess: float) -> Verdict:
    """How near a share is to the best that can be had, and how far from chance."""
    value = score["value"]
    enough = ends(score)[1] >= best - MARGIN
    answer = "yes" if enough else "partly" if value > (guess + best) / 2 else "no"
    return _verdict(question, answer, f"{what} is {value:.3f}, at best {best:.3f} and by chance {guess:.3f}")


def chance(record: Record, table: str) -> float:
    """The share of the most common label, which a guess without looking has."""
    asked = [sum(row) for row in record.get("confusion", {}).get(table, [])]
    return max(asked) / sum(asked) if sum(asked) else 0.0


def _fresh(record: Record) -> Verdict:
    question, score = "Is it as good as fresh data?", record["scores"].get("adversarial_error")
    if score is None or "floor" not in score:
        return _verdict(question, "unknown", "no adversarial error was measured beside its floor")
    value, floor, baseline = score["value"], score["floor"], score.get("baseline", 0.5)
    fresh = ends(score)[0] <= floor + MARGIN
    answer = "unknown" if _blind(score) else "yes" if fresh else "partly" if value < (floor + baseline) / 2 else "no"
    because = f"the adversarial error is {value:.3f}, that of training rows {floor:.3f}"
    return _verdict(question, answer, f"{because}, that of independent sites {baseline:.3f}")


def _blind(score: Mapping[str, Any]) -> bool:
    """Whether the adversarial error doesn't tell independent sites from training rows, where data repeat themselves."""
    baseline: float = score.get("baseline", 0.5)
    return baseline <= score.get("floor", 0.0) + MARGIN


def _copies(record: Record) -> Verdict:
    question, scores = "Does it copy?", record["scores"]
    copies, auc = scores.get("copies"), scores.get("membership_auc")
    if copies is None and auc is None:
        return _verdict(question, "unknown", "neither copies nor membership were measured")
    share = max((copies or {}).get("floor", 0.0), (copies or {}).get("twins", 0.0))
    own = share + 2 * (share * (1 - share) / record["n"]) ** 0.5
    bottom, alarm = ends(copies)[0] if copies else 0.0, bool(auc and auc.get("alarm"))
    alike = scores.get("adversarial_error", {}).get("floor", 0.0) <= MARGIN
    because = "; ".join(filter(None, (_of_copies(copies, share), _of_membership(auc, alarm, alike))))
    if bottom > own + MARGIN or (alarm and alike):
        return _verdict(question, "yes", because)
    return _verdict(question, "partly" if bottom > own else "unknown" if alarm else "no", because)


def _of_copies(copies: Mapping[str, Any] | None, share: float) -> str:
    return f"{copies['value']:.3f} of the rows are training rows, of fresh rows {share:.3f} would be" if copies else ""


def _of_membership(auc: Mapping[str, Any] | None, alarm: bool, alike: bool) -> str:
    if not auc:
        return ""
    said = f"who was learned from is told with an AUC of {auc['value']:.3f} (by chance 0.5)"
    if alarm and not alike:
        return f"{said}, but held-out rows differ from training rows anyway"
    return said


def _time(record: Record) -> Verdict:
    question, name = "Is it best at the time trained for?", "adversarial_error"
    found = {row["time"]: row["scores"][name]["value"] for row in record.get("times", []) if name in row["scores"]}
    steps = record.get("steps")
    if len(found) < 2 or steps not in found:
        return _verdict(question, "unknown", "the adversarial error was not measured at several times")
    if _blind(record["scores"].get(name, {})):
        return _verdict(question, "unknown", "the adversarial error of independent sites is as good as that of data")
    best = min(found, key=lambda t: (found[t], t != steps))
    answer = "yes" if best == steps else "partly" if found[steps] <= found[best] + MARGIN else "no"
    here = f"at the {steps} steps it was trained for the adversarial error is {found[steps]:.3f}"
    return _verdict(question, answer, f"{here}, at best {found[best]:.3f} at {best} steps")


def ends(score: Mapping[str, Any]) -> tuple[float, float]:
    """Bottom and top of a score: its interval, or its value twice."""
    low, high = score.get("interval", (score["value"], score["value"]))
    return low, high


def _verdict(question: str, answer: str, because: str) -> Verdict:
    return {"question": question, "answer": answer, "because": f"{because[0].upper()}{because[1:]}."}
