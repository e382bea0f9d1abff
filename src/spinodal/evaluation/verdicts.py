"""Verdicts: what the scores of a record say about a generator, as answers to five questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .failing_labels import failing, said
from .parts import ENOUGH, worst
from .scales import MARGIN

UNSURE = 0.1
"""How far the probabilities of predicted labels may be off, on average."""

NEARER = 0.05
"""How much the privacy loss may exceed that of independent sites."""

NEAREST = "nearest row"
"""The attack that needs no machine; the membership AUC says the same of it."""

UNLIKE = ", but held-out rows are not like training rows"
"""What is said of an alarm that may have another cause."""

TABLES = {"predicted": "accuracy", "generated": "label_fidelity", "judged": "judged_fidelity"}
"""The score of each table of confusion."""

Record = Mapping[str, Any]
Verdict = dict[str, str]


def verdicts(record: Record) -> list[Verdict]:
    """Five questions, each {"question", "answer", "because"}; the answer is yes, no, partly or unknown.

    "score", where there is one, is the name of the score that the answer follows from first of all.

    Chance is the score of a constant guess: the share of the most common label, of balanced scores 1 / labels.
    Bottom and top are those of a score's interval (its value, where it has none), reach is half of its width or
    MARGIN, 0.02, whichever is larger.

        Does it know the labels?            accuracy on held-out rows; best: the classifier's on the same rows
        Does it generate the label asked for?   judged fidelity; best: its ceiling. Without a classifier: label
                                                fidelity; best: its floor
            Where the share of the most common label is more than MARGIN above 1 / labels, their balanced forms.
            unknown: all rows have one label; or fidelity, where the best is not more than reach above chance.
            no: bottom <= chance.  Else, the best being 1 where there is none or it is no better than chance:
            yes: top >= best - MARGIN, and no label fails (`failing_labels.failing`); of predictions, calibrated
            probabilities are off by UNSURE or less.  partly: value more than half-way from chance to best.  no: else
        Is it as good as fresh data?        adversarial error
            unknown: the baseline (1/2 without) is at most MARGIN above the floor, so the error is not informative; or
            the interval reaches from the floor to the baseline.  no: top >= baseline; or it copies, below.
            yes: bottom <= floor + MARGIN, and every score of likeness has surely gone ENOUGH of the way from
            independent sites to training rows (`parts.worst`).  partly: value below half-way from the baseline to the
            floor.  no: else
        Does it copy?                       copies, and the alarm of membership AUC
            own: the larger of floor and duplicates, p, and two standard errors more, 2 sqrt(p (1 - p) / n)
            yes: bottom of copies > own + MARGIN; or the alarm, where held-out rows are like training rows: the floor
            of the adversarial error is at most MARGIN.  partly: bottom of copies > own; or rows are nearer to training
            rows than to held-out ones: bottom of privacy loss > baseline + NEARER, and bottom of the AUC > 1/2;
            or an attack on the machine itself, by its likelihoods, has an alarm (`attacks.privacy_of`) and held-out
            rows are like training rows.  unknown: either alarm, where they are not alike.  no: else. The worst attack
            on the machine is named; where none was run, how to run them
        Is it best at the time trained for?           adversarial error over generation time
            no: at another time it is less by more than MARGIN.  unknown: it is not below the baseline, or not
            informative, as above; or at all times it is within MARGIN of the best.  yes: it is best at the time trained
            for.  partly: else

    Unknown where the record lacks the score; copies alone, or the alarm alone, are enough for that question. Of a run
    that has learned nothing every answer says so (`unlearned`).
    """
    found = [_labels(record), _asked(record), _fresh(record), _copies(record), _time(record)]
    why = unlearned(record)
    return [{**v, "because": f"{v['because']} {why}".strip()} for v in found]


def unlearned(record: Record) -> str:
    """The sentence that a run has learned nothing, if the record shows that; else "".

    It has learned nothing if its training stopped at age 0, or if no accuracy and no fidelity is better than chance and
    no adversarial error better than that of independent sites.

    >>> unlearned({"age": 0, "updates": 2000, "scores": {}})
    'It has learned nothing yet: this is age 0 of 2,000 updates.'
    """
    if record.get("updates") and record.get("age") == 0:
        return f"It has learned nothing yet: this is age 0 of {record['updates']:,} updates."
    shares = [s for s in (_accuracy(record), _fidelity(record)) if s and s.guess < 1]
    error = record["scores"].get("adversarial_error")
    blind = error is None or "floor" not in error or _blind(error)
    if (blind and not shares) or any(s.bottom > s.guess for s in shares) or not (blind or _no_better(error)):
        return ""
    return "No score shows that it has learned: none is better than that of chance or of independent sites."


# -- labels -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Share:
    """A share of rows whose label is right, between the shares of a constant guess and of the best."""

    score: str
    what: str
    value: float
    ends: tuple[float, float]
    guess: float
    best: float | None
    beside: str

    @property
    def bottom(self) -> float:
        return self.ends[0]

    @property
    def told(self) -> bool:
        """Whether the best is better than a constant guess."""
        low, high = self.ends
        return self.best is not None and self.best > self.guess + max(MARGIN, (high - low) / 2)

    def says(self, best: float) -> str:
        low, high = self.ends
        between = f" ({low:.3f} to {high:.3f})" if low < high else ""
        beside = self.beside if best == self.best else "at best"
        return f"{self.what} is {self.value:.3f}{between}, {beside} {best:.3f} and by chance {self.guess:.3f}"


def _labels(record: Record) -> Verdict:
    question, share = "Does it know the labels?", _accuracy(record)
    if share is None:
        return _verdict(question, "unknown", _lacking(record, "accuracy"))
    found = _near(question, share, share.best if share.told and share.best else 1.0)
    return _but(_but(found, _off(record)), _those(failing(record, "predicted")))


def _off(record: Record) -> str:
    """What is wrong with the probabilities of predicted labels, as `predict` gives them: calibrated, if it can."""
    name = "calibrated_error" if "calibrated_error" in record["scores"] else "calibration_error"
    score = record["scores"].get(name)
    return f"its probabilities are off by {score['value']:.3f}" if score and ends(score)[0] > UNSURE else ""


def _those(labels: list[str]) -> str:
    return f"it fails at {said(labels)}" if labels else ""


def _but(found: Verdict, what: str) -> Verdict:
    """The verdict, which is no yes if something is wrong."""
    if not what:
        return found
    answer, joined = ("partly", "But") if found["answer"] == "yes" else (found["answer"], "And")
    return found | {"answer": answer, "because": f"{found['because']} {joined} {what}."}


def _asked(record: Record) -> Verdict:
    question, share = "Does it generate the label asked for?", _fidelity(record)
    if share is None:
        return _verdict(question, "unknown", _lacking(record, "fidelity"))
    if share.best is not None and share.guess < 1 and not share.told:
        because = f"{share.says(share.best)}: the best, of real rows, is no better than chance"
        return _verdict(question, "unknown", because)
    table = "judged" if "judged_fidelity" in record["scores"] else "generated"
    return _but(_near(question, share, 1.0 if share.best is None else share.best), _those(failing(record, table)))


def _lacking(record: Record, score: str) -> str:
    return f"no {score} was measured" if record.get("labels") else "the machine has no labels"


def _near(question: str, share: _Share, best: float) -> Verdict:
    """Whether a share is more than chance, and how near it is to the best."""
    said = share.says(best)
    if share.guess >= 1:
        why = f"{said}: all these rows have one label, so the score is not informative"
        return _verdict(question, "unknown", why, share.score)
    if share.bottom <= share.guess:
        return _verdict(question, "no", f"{said}: that is no better than chance", share.score)
    half = (share.guess + best) / 2
    answer = "yes" if share.ends[1] >= best - MARGIN else "partly" if share.value > half else "no"
    return _verdict(question, answer, said, share.score)


def _accuracy(record: Record) -> _Share | None:
    classifier = record["scores"].get("judged_fidelity", {}).get("ceiling")
    return _share(record, "predicted", "accuracy on held-out rows", "ceiling", classifier)


def _fidelity(record: Record) -> _Share | None:
    judged = _share(record, "judged", "share that an independent classifier recognizes", "ceiling")
    return judged or _share(record, "generated", "share that the machine itself recognizes", "floor")


def _share(record: Record, table: str, what: str, best: str, other: float | None = None) -> _Share | None:
    """The score of a table; balanced where labels are unequal. other: the best where the score doesn't say it."""
    name, scores, guess = TABLES[table], record["scores"], chance(record, table)
    if name not in scores:
        return None
    balanced = scores.get("balanced_accuracy" if name == "accuracy" else f"balanced_{name}")
    if balanced and "chance" in balanced and guess > balanced["chance"] + MARGIN:
        what, score, guess, other = f"{what}, as a mean over labels,", balanced, balanced["chance"], None
    else:
        score = scores[name]
    about = next(k for k in (f"balanced_{name}", "balanced_accuracy", name) if scores.get(k) is score)
    beside = "of training rows" if best == "floor" else "of the classifier on real rows"
    return _Share(about, f"the {what}", score["value"], ends(score), guess, score.get(best, other), beside)


def chance(record: Record, table: str) -> float:
    """The share of the most common label, the score of a constant guess; 0 where the record doesn't have it."""
    asked = [sum(row) for row in record.get("confusion", {}).get(table, [])]
    own: float = record["scores"].get(TABLES[table], {}).get("chance", 0.0)
    return max(asked) / sum(asked) if sum(asked) else own


# -- rows ---------------------------------------------------------------------------------------


def _fresh(record: Record) -> Verdict:
    question, name = "Is it as good as fresh data?", "adversarial_error"
    score = record["scores"].get(name)
    if score is None or "floor" not in score:
        return _verdict(question, "unknown", "no adversarial error was measured beside its floor")
    value, floor, baseline = score["value"], score["floor"], score.get("baseline", 0.5)
    because = f"the adversarial error is {value:.3f}, that of training rows {floor:.3f}"
    because = f"{because}, that of independent sites {baseline:.3f}"
    near = ends(score)[0] <= floor + MARGIN
    if _blind(score):
        return _verdict(question, "unknown", because, name)
    if _no_better(score):
        few = f"{because}: {record['n']:,} rows are too few to tell which it is like"
        return _verdict(question, *(("unknown", few) if near else ("no", because)), name)
    if _copies(record)["answer"] == "yes":
        return _verdict(question, "no", f"{because}; but it copies, and fresh data are no copies", name)
    answer = "yes" if near else "partly" if value < (floor + baseline) / 2 else "no"
    part = worst(record["scores"])
    if not part or part.surely >= ENOUGH:
        return _verdict(question, answer, because, name)
    return _but(_verdict(question, answer, because, part.score), f"its worst part is {part}")


def _blind(score: Mapping[str, Any]) -> bool:
    """Whether the adversarial error can't tell independent sites from training rows: the data repeat themselves."""
    baseline: float = score.get("baseline", 0.5)
    return baseline <= score.get("floor", 0.0) + MARGIN


def _no_better(score: Mapping[str, Any]) -> bool:
    """Whether an adversarial error may be that of independent sites."""
    baseline: float = score.get("baseline", 0.5)
    return ends(score)[1] >= baseline


def _copies(record: Record) -> Verdict:
    question, scores = "Does it copy?", record["scores"]
    copies, auc = scores.get("copies"), scores.get("membership_auc")
    if copies is None and auc is None:
        return _verdict(question, "unknown", "neither copies nor membership were measured")
    share = max((copies or {}).get("floor", 0.0), (copies or {}).get("duplicates", 0.0))
    about = "copies" if copies else "membership_auc"
    own = share + 2 * (share * (1 - share) / record["n"]) ** 0.5
    bottom, alarm = ends(copies)[0] if copies else 0.0, bool(auc and auc.get("alarm"))
    alike = scores.get("adversarial_error", {}).get("floor", 0.0) <= MARGIN
    nearer, (leaks, told) = _nearer(scores), _of_attacks(record, alike)
    because = "; ".join(filter(None, (_of_copies(copies, share), _of_membership(auc, alarm, alike), nearer, told)))
    if bottom > own + MARGIN or (alarm and alike):
        return _verdict(question, "yes", because, about)
    if bottom > own:
        return _verdict(question, "partly", because, about)
    if nearer:
        return _verdict(question, "partly", because, "privacy_loss")
    return _verdict(question, "no" if not (leaks or alarm) else "partly" if alike else "unknown", because, about)


def _nearer(scores: Mapping[str, Any]) -> str:
    """What is said where rows are nearer to training rows than to held-out ones."""
    loss, auc = scores.get("privacy_loss"), scores.get("membership_auc")
    if not (loss and auc) or ends(loss)[0] <= loss.get("baseline", 0.0) + NEARER or ends(auc)[0] <= 0.5:
        return ""
    nearer = "but they are nearer to training rows than to held-out ones"
    return f"{nearer}, by a privacy loss of {loss['value']:.3f} (at best 0)"


def _of_copies(copies: Mapping[str, Any] | None, share: float) -> str:
    return f"{copies['value']:.3f} of the rows are training rows (of fresh rows {share:.3f})" if copies else ""


def _of_membership(auc: Mapping[str, Any] | None, alarm: bool, alike: bool) -> str:
    if not auc:
        return ""
    said = f"training rows are told from held-out ones with an AUC of {auc['value']:.3f} (by chance 0.5)"
    return said + (UNLIKE if alarm and not alike else "")


def _of_attacks(record: Record, alike: bool) -> tuple[bool, str]:
    """Whether an attack on the machine itself tells training rows from others, and what is said of the worst one."""
    privacy = record.get("privacy", {})
    attacks = [x for x in privacy.get("attacks", []) if x["attack"] != NEAREST]
    if not attacks:
        return False, _lacks_attacks(record)
    best = max(attacks, key=lambda x: (bool(x["alarm"]), float(x["auc"])))
    by = f"by {_called(best['attack'])}: AUC {best['auc']:.3f}"
    if not best["alarm"]:
        return False, f"attacks on the model find no more than chance explains, the best {by}"
    return True, f"but who has the model tells training rows from others {by}" + ("" if alike else UNLIKE)


def _lacks_attacks(record: Record) -> str:
    """What is said where no attack on a machine was run: the reason, or the command; "" of rows without a machine."""
    if "steps" not in record:
        return ""
    if "privacy" not in record:
        return "what the model itself gives away was not measured: spinodal score RUN --privacy attacks it"
    why = next((gap["why"] for gap in record["privacy"].get("not_measured", [])), "too few rows are whole")
    return f"the model itself was not attacked: {why}"


def _called(attack: str) -> str:
    """An attack in words.

    >>> _called("likelihood: African")
    'likelihood among rows of the label "African"'
    """
    name, _, label = attack.partition(": ")
    return name + (f' among rows of the label "{label}"' if label else "")


def _time(record: Record) -> Verdict:
    question, name = "Is it best at the time trained for?", "adversarial_error"
    found = {row["time"]: row["scores"][name]["value"] for row in record.get("times", []) if name in row["scores"]}
    steps, score = record.get("steps"), record["scores"].get(name, {})
    if len(found) < 2 or steps not in found:
        return _verdict(question, "unknown", "the adversarial error was not measured at several times")
    if _blind(score):
        return _verdict(
            question, "unknown", "the adversarial error of independent sites is as good as that of training rows"
        )
    best = min(found, key=lambda t: (found[t], t != steps))
    here = f"at the {steps} steps it was trained for the adversarial error is {found[steps]:.3f}"
    beside = "and no less at other times" if best == steps else f"at best {found[best]:.3f} at {best} steps"
    if found[steps] > found[best] + MARGIN:
        return _verdict(question, "no", f"{here}, {beside}")
    if found[steps] >= score.get("baseline", 0.5):
        return _verdict(question, "unknown", f"{here}, {beside}: no better than that of independent sites")
    if max(found.values()) <= found[best] + MARGIN:
        return _verdict(question, "unknown", f"{here}, and about the same at all times")
    return _verdict(question, "yes" if best == steps else "partly", f"{here}, {beside}")


def ends(score: Mapping[str, Any]) -> tuple[float, float]:
    """Bottom and top of a score: its interval, or its value twice."""
    low, high = score.get("interval", (score["value"], score["value"]))
    return low, high


def _verdict(question: str, answer: str, because: str, score: str = "") -> Verdict:
    found = {"question": question, "answer": answer, "because": f"{because[0].upper()}{because[1:]}."}
    return found | ({"score": score} if score else {})
