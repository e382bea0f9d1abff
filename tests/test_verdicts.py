"""Verdicts: every answer to every question, on records made up for it."""

from __future__ import annotations

import pytest

from spinodal.evaluation.verdicts import unlearned, verdicts

QUESTIONS = [
    "Does it know the labels?",
    "Does it generate the label asked for?",
    "Is it as good as fresh data?",
    "Does it copy?",
    "Is it best at the time trained for?",
]
HALVES = [[30, 20], [10, 40]]
"""Two labels asked equally often: chance is 1/2."""


def score(value, interval=None, **beside):
    return {"value": value, **({"interval": interval} if interval else {}), **beside}


def record(times=None, **scores):
    confusion = dict.fromkeys(("predicted", "generated", "judged"), HALVES)
    found = {"steps": 10, "n": 10**9, "scores": scores, "confusion": confusion}
    if times is not None:
        found["times"] = [{"time": t, "scores": {"adversarial_error": {"value": x}}} for t, x in times.items()]
    return found


def attacked(*attacks):
    """Attacks of a record: (name, AUC, whether chance doesn't explain it)."""
    return {"privacy": {"attacks": [dict(zip(("attack", "auc", "alarm"), own)) for own in attacks]}}


def verdict(question, found):
    return next(v for v in verdicts(found) if v["question"] == question)


def answers(question, cases):
    """A test of the answers to one question."""

    @pytest.mark.parametrize(("answer", "found"), cases)
    def test(answer, found):
        assert verdict(question, found)["answer"] == answer

    return test


CEILING = score(0.9, ceiling=0.9)

test_labels_known = answers(QUESTIONS[0], [
    ("unknown", record()),
    ("yes", record(accuracy=score(0.98))),
    ("partly", record(accuracy=score(0.979))),
    ("partly", record(accuracy=score(0.76))),
    ("no", record(accuracy=score(0.75))),
    ("yes", record(accuracy=score(0.97, [0.96, 0.98]))),
    ("yes", record(accuracy=score(0.88), judged_fidelity=CEILING)),
    ("partly", record(accuracy=score(0.87), judged_fidelity=CEILING)),
    ("partly", record(accuracy=score(0.71), judged_fidelity=CEILING)),
    ("no", record(accuracy=score(0.69), judged_fidelity=CEILING)),
    ("partly", {**record(accuracy=score(0.51)), "confusion": {}}),
])  # fmt: skip

test_labels_asked_for = answers(QUESTIONS[1], [
    ("unknown", record()),
    ("yes", record(judged_fidelity=score(0.88, ceiling=0.9))),
    ("yes", record(judged_fidelity=score(0.8, [0.7, 0.89], ceiling=0.9))),
    ("partly", record(judged_fidelity=score(0.8, [0.7, 0.87], ceiling=0.9))),
    ("no", record(judged_fidelity=score(0.7, ceiling=0.9))),
    ("no", record(judged_fidelity=score(0.7, ceiling=0.9), label_fidelity=score(1.0))),
    ("partly", record(judged_fidelity=score(0.9))),
    ("yes", record(label_fidelity=score(0.93, floor=0.95))),
    ("partly", record(label_fidelity=score(0.92, floor=0.95))),
    ("no", record(label_fidelity=score(0.72, floor=0.95))),
    ("partly", record(label_fidelity=score(0.92))),
])  # fmt: skip

test_fresh = answers(QUESTIONS[2], [
    ("unknown", record()),
    ("unknown", record(adversarial_error=score(0.01))),
    ("yes", record(adversarial_error=score(0.021, floor=0.001, baseline=0.4))),
    ("yes", record(adversarial_error=score(0.2, [0.02, 0.3], floor=0.001, baseline=0.4))),
    ("partly", record(adversarial_error=score(0.1, [0.05, 0.3], floor=0.0, baseline=0.4))),
    ("no", record(adversarial_error=score(0.2, floor=0.0, baseline=0.4))),
    ("partly", record(adversarial_error=score(0.2, floor=0.0))),
    ("no", record(adversarial_error=score(0.25, floor=0.0))),
    ("unknown", record(adversarial_error=score(0.25, floor=0.25, baseline=0.27))),
    ("yes", record(adversarial_error=score(0.25, floor=0.25, baseline=0.271))),
])  # fmt: skip

ALIKE, UNLIKE = score(0.1, floor=0.02), score(0.1, floor=0.021)

test_copies = answers(QUESTIONS[3], [
    ("unknown", record()),
    ("no", {**record(copies=score(0.0, floor=0.0)), **attacked(("likelihood", 0.55, False))}),
    ("no", {**record(copies=score(0.0, floor=0.0)), **attacked(("nearest row", 0.7, True))}),
    ("partly", {**record(copies=score(0.0, floor=0.0)), **attacked(("likelihood", 0.73, True))}),
    ("partly", {**record(copies=score(0.0, floor=0.0), adversarial_error=ALIKE), **attacked(("label", 0.6, True))}),
    ("unknown", {**record(copies=score(0.0, floor=0.0), adversarial_error=UNLIKE), **attacked(("label", 0.6, True))}),
    ("no", record(copies=score(0.0, floor=0.0))),
    ("no", record(copies=score(0.01, [0.0, 0.02], floor=0.0))),
    ("no", record(copies=score(0.3, floor=0.0, duplicates=0.3))),
    ("no", record(copies=score(0.3, floor=0.3, duplicates=0.0))),
    ("partly", record(copies=score(0.31, floor=0.3, duplicates=0.0))),
    ("yes", record(copies=score(0.33, floor=0.3, duplicates=0.3))),
    ("partly", record(copies=score(0.33, [0.31, 0.4], floor=0.3))),
    ("no", {**record(copies=score(0.59, floor=0.5)), "n": 100}),
    ("partly", {**record(copies=score(0.61, floor=0.5)), "n": 100}),
    ("yes", {**record(copies=score(0.63, floor=0.5)), "n": 100}),
    ("no", record(membership_auc=score(0.5, alarm=False))),
    ("yes", record(membership_auc=score(0.7, alarm=True))),
    ("yes", record(membership_auc=score(0.7, alarm=True), adversarial_error=ALIKE)),
    ("unknown", record(membership_auc=score(0.7, alarm=True), adversarial_error=UNLIKE)),
    ("unknown", record(membership_auc=score(0.7, alarm=True), copies=score(0.0), adversarial_error=UNLIKE)),
    ("yes", record(membership_auc=score(0.7, alarm=True), copies=score(0.5), adversarial_error=UNLIKE)),
    ("partly", record(membership_auc=score(0.7, alarm=True), copies=score(0.01), adversarial_error=UNLIKE)),
    ("yes", record(membership_auc=score(0.7, alarm=True), copies=score(0.0))),
])  # fmt: skip

test_time = answers(QUESTIONS[4], [
    ("unknown", record()),
    ("unknown", record(times={10: 0.1})),
    ("unknown", record(times={5: 0.1, 20: 0.1})),
    ("yes", record(times={5: 0.2, 10: 0.1, 20: 0.2})),
    ("yes", record(times={5: 0.1, 10: 0.1, 20: 0.2})),
    ("unknown", record(times={5: 0.1, 10: 0.1})),
    ("unknown", record(times={5: 0.1, 10: 0.12})),
    ("partly", record(times={5: 0.2, 10: 0.12, 20: 0.1})),
    ("unknown", record(times={5: 0.55, 10: 0.5})),
    ("unknown", record(times={5: 0.5, 10: 0.4}, adversarial_error=score(0.4, floor=0.0, baseline=0.4))),
    ("no", record(times={10: 0.13, 20: 0.1})),
    ("unknown", record(times={10: 0.1, 20: 0.2}, adversarial_error=score(0.1, floor=0.25, baseline=0.27))),
    ("yes", record(times={10: 0.1, 20: 0.2}, adversarial_error=score(0.1, floor=0.25, baseline=0.28))),
])  # fmt: skip


def test_there_are_five_questions_in_order():
    assert [v["question"] for v in verdicts(record())] == QUESTIONS


UNEQUAL = [[90, 10], [5, 5]]
"""Labels of which one is nine times as common: chance is .91, and 1/2 where labels count alike."""


def unequal(**found):
    return {**record(**found), "confusion": dict.fromkeys(("predicted", "generated", "judged"), UNEQUAL)}


test_chance_comes_first = answers(QUESTIONS[0], [
    ("no", record(accuracy=score(0.52, [0.48, 0.56]))),
    ("no", record(accuracy=score(0.52, [0.48, 0.56]), judged_fidelity=score(0.5, ceiling=0.51))),
    ("no", record(accuracy=score(0.56, [0.51, 0.61]), judged_fidelity=score(0.5, ceiling=0.51))),
    ("unknown", record(accuracy=score(1.0, chance=1.0)) | {"confusion": {}}),
    ("no", unequal(accuracy=score(0.944), balanced_accuracy=score(0.5, [0.5, 0.5], chance=0.5))),
    ("no", unequal(accuracy=score(0.99), balanced_accuracy=score(0.7, [0.49, 0.9], chance=0.5))),
    ("yes", unequal(accuracy=score(0.99), balanced_accuracy=score(0.97, [0.9, 1.0], chance=0.5))),
    ("yes", unequal(accuracy=score(0.9), balanced_accuracy=score(0.8, [0.7, 0.9], chance=0.5, ceiling=0.85))),
    ("no", record(accuracy=score(0.6, [0.4, 0.99]))),
])  # fmt: skip

test_fidelity_is_unknown_where_the_best_is_no_better_than_chance = answers(QUESTIONS[1], [
    ("unknown", record(judged_fidelity=score(0.9, [0.88, 0.92], ceiling=0.51))),
    ("unknown", record(label_fidelity=score(0.9, [0.88, 0.92], floor=0.5))),
    ("no", record(label_fidelity=score(0.5, [0.45, 0.55], floor=1.0))),
    ("unknown", record(label_fidelity=score(1.0, chance=1.0)) | {"confusion": {}}),
])  # fmt: skip

test_copies_are_not_fresh_and_few_rows_tell_nothing = answers(QUESTIONS[2], [
    ("no", record(adversarial_error=score(0.0, floor=0.0, baseline=0.4), copies=score(1.0, floor=0.0))),
    ("unknown", record(adversarial_error=score(0.2, [0.01, 0.45], floor=0.0, baseline=0.4))),
    ("no", record(adversarial_error=score(0.3, [0.1, 0.41], floor=0.0, baseline=0.4))),
])  # fmt: skip


@pytest.mark.parametrize(("found", "learned"), [
    (record(accuracy=score(0.5), adversarial_error=score(0.4, floor=0.0, baseline=0.4)), False),
    (record(accuracy=score(0.6), adversarial_error=score(0.4, floor=0.0, baseline=0.4)), True),
    (record(accuracy=score(0.5), adversarial_error=score(0.3, floor=0.0, baseline=0.4)), True),
    (record(adversarial_error=score(0.4, floor=0.0, baseline=0.4)), False),
    (record(adversarial_error=score(0.4, floor=0.4, baseline=0.4)), True),
    (record(accuracy=score(0.9)) | {"age": 0, "updates": 2000}, False),
    (record() | {"age": 0}, True),
    (record(), True),
])  # fmt: skip
def test_what_has_not_learned_is_said_with_every_answer(found, learned):
    why = unlearned(found)
    assert bool(why) is not learned
    assert all(v["because"].endswith(why) for v in verdicts(found))


@pytest.mark.parametrize(("question", "found", "because"), [
    (0, record(accuracy=score(0.98)),
     "The accuracy on held-out rows is 0.980, at best 1.000 and by chance 0.500."),
    (1, record(judged_fidelity=score(0.88, ceiling=0.9)),
     "The share that an independent classifier recognizes is 0.880, of the classifier on real rows 0.900 and by chance "
     "0.500."),
    (2, record(adversarial_error=score(0.2, floor=0.001, baseline=0.4)),
     "The adversarial error is 0.200, that of training rows 0.001, that of independent sites 0.400."),
    (3, record(copies=score(0.5, floor=0.1), membership_auc=score(0.7, alarm=True), adversarial_error=UNLIKE),
     "0.500 of the rows are training rows (of fresh rows 0.100); training rows are told from held-out ones with an AUC "
     "of 0.700 (by chance 0.5), but held-out rows are not like training rows; what the model itself gives away was not "
     "measured: spinodal score RUN --privacy attacks it."),
    (4, record(times={10: 0.13, 20: 0.1}),
     "At the 10 steps it was trained for the adversarial error is 0.130, at best 0.100 at 20 steps."),
    (4, record(times={5: 0.2, 10: 0.13, 20: 0.2}),
     "At the 10 steps it was trained for the adversarial error is 0.130, and no less at other times."),
    (4, record(times={5: 0.12, 10: 0.13}),
     "At the 10 steps it was trained for the adversarial error is 0.130, and about the same at all times."),
])  # fmt: skip
def test_an_answer_says_why_with_its_numbers(question, found, because):
    assert verdict(QUESTIONS[question], found)["because"] == because


def test_genomes_without_the_linkage_of_close_snps_are_partly_fresh():
    """Human genomes after 1,468 updates: nearest neighbors see nothing, and half of the linkage is lost."""
    near = score(0.016, [0.001, 0.026], floor=0.001, baseline=0.041)
    decay = score(0.042, [0.035, 0.05], floor=0.005, baseline=0.09, ideal=0.0, better="lower")
    found = verdict(QUESTIONS[2], record(adversarial_error=near, ld_decay_error=decay))
    assert (found["answer"], found["score"]) == ("partly", "ld_decay_error")
    assert "its worst part is the error of the decay of linkage (LD), 0.042" in found["because"]


@pytest.mark.parametrize("question", QUESTIONS[:2])
def test_a_machine_without_labels_is_said_to_have_none(question):
    assert verdict(question, record())["because"] == "The machine has no labels."
    assert verdict(question, {**record(), "labels": {"label": ["a", "b"]}})["because"].endswith("was measured.")


# -- what the page shows beside -------------------------------------------------------------------

PART = {"ideal": 0.5, "floor": 0.5, "baseline": 0.7}
FINE, BLURRED = (score(x, [x - 0.01, x + 0.01], **PART) for x in (0.52, 0.6))
FRESH_ERROR = score(0.01, [0.0, 0.02], floor=0.0, baseline=0.4, ideal=0.0)
LABELS = {"labels": {"label": ["a", "b"]}}
ONE_FAILS = [[90, 0], [9, 1]]


def failing(**found):
    return {**record(**found), **LABELS, "confusion": dict.fromkeys(("predicted", "generated", "judged"), ONE_FAILS)}


test_no_part_of_likeness_is_bad_where_rows_are_fresh = answers(QUESTIONS[2], [
    ("yes", record(adversarial_error=FRESH_ERROR, within_distance=FINE)),
    ("partly", record(adversarial_error=FRESH_ERROR, within_distance=BLURRED)),
    ("no", record(adversarial_error=score(0.3, floor=0.0, baseline=0.4), within_distance=BLURRED)),
])  # fmt: skip

test_no_label_fails_where_labels_are_known = answers(QUESTIONS[0], [
    ("partly", failing(accuracy=score(0.98), balanced_accuracy=score(0.98, chance=0.5))),
    ("yes", record(accuracy=score(0.98)) | LABELS),
    ("yes", record(accuracy=score(0.98), calibrated_error=score(0.1, [0.05, 0.2]))),
    ("partly", record(accuracy=score(0.98), calibrated_error=score(0.2, [0.11, 0.2]))),
    ("yes", record(accuracy=score(0.98), calibrated_error=score(0.05), calibration_error=score(0.2))),
    ("partly", record(accuracy=score(0.98), calibration_error=score(0.2))),
])  # fmt: skip

test_no_label_fails_where_labels_are_generated = answers(QUESTIONS[1], [
    ("partly", failing(judged_fidelity=score(0.9, ceiling=0.9), balanced_judged_fidelity=score(
        0.9, chance=0.5, ceiling=0.9))),
])  # fmt: skip

NEAR = {"privacy_loss": score(0.16, [0.1, 0.2], baseline=0.0), "membership_auc": score(0.57, [0.54, 0.6], alarm=False)}

test_rows_near_to_training_rows_are_partly_copied = answers(QUESTIONS[3], [
    ("partly", record(copies=score(0.0), **NEAR)),
    ("no", record(copies=score(0.0), **NEAR | {"privacy_loss": score(0.1, [0.05, 0.2], baseline=0.0)})),
    ("no", record(copies=score(0.0), **NEAR | {"membership_auc": score(0.57, [0.5, 0.6], alarm=False)})),
])  # fmt: skip


@pytest.mark.parametrize(("question", "found", "because"), [
    (0, failing(accuracy=score(0.91)), "it fails at b (1 of 10 right)."),
    (2, record(adversarial_error=FRESH_ERROR, within_distance=BLURRED),
     "But its worst part is the distance between two rows of a label, 0.600 (of real rows 0.500, of independent sites "
     "0.700)."),
    (3, record(copies=score(0.0), **NEAR), "nearer to training rows than to held-out ones, by a privacy loss of 0.160"),
])  # fmt: skip
def test_the_worst_is_named(question, found, because):
    assert because in verdict(QUESTIONS[question], found)["because"]


MANY = [
    ("likelihood", 0.73, True),
    ("likelihood ratio", 0.827, True),
    ("label", 0.9, False),
    ("nearest row", 0.9, True),
]


@pytest.mark.parametrize("copies", [score(0.0, floor=0.0), score(0.01, floor=0.0), score(0.5, floor=0.0)], ids=str)
def test_the_worst_attack_on_a_model_is_named_whatever_the_answer(copies):
    said = verdict("Does it copy?", record(copies=copies) | attacked(*MANY))["because"]
    assert said.endswith("; but who has the model tells training rows from others by likelihood ratio: AUC 0.827.")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (attacked(("likelihood", 0.55, False), ("label", 0.56, False)), "explains, the best by label: AUC 0.560"),
        (attacked(("likelihood: a: b", 0.999, True)), 'by likelihood among rows of the label "a: b": AUC 0.999'),
        ({}, "what the model itself gives away was not measured: spinodal score RUN --privacy attacks it"),
        (attacked(), "the model itself was not attacked: too few rows are whole"),
    ],
)  # fmt: skip
def test_the_verdict_on_copies_says_what_attacks_found(found, said):
    assert verdict("Does it copy?", record(copies=score(0.0, floor=0.0)) | found)["because"].endswith(f"{said}.")


def test_rows_without_a_machine_are_not_said_to_lack_attacks():
    rows = {k: x for k, x in record(copies=score(0.0, floor=0.0)).items() if k != "steps"}
    assert verdict("Does it copy?", rows)["because"] == "0.000 of the rows are training rows (of fresh rows 0.000)."


def test_why_no_attack_was_run_is_said():
    gaps = {
        "privacy": attacked(("nearest row", 0.5, False))["privacy"] | {"not_measured": [{"what": "x", "why": "y z"}]}
    }
    said = verdict("Does it copy?", record(copies=score(0.0, floor=0.0)) | gaps)["because"]
    assert said.endswith("; the model itself was not attacked: y z.")


def test_the_best_attack_on_a_model_is_named():
    many = attacked(("likelihood", 0.73, True), ("likelihood ratio", 0.827, True), ("nearest row", 0.9, True))
    said = verdict("Does it copy?", {**record(copies=score(0.0, floor=0.0)), **many})["because"]
    assert said.endswith("but who has the model tells training rows from others by likelihood ratio: AUC 0.827.")
    of_label = {**record(copies=score(0.0, floor=0.0)), **attacked(("likelihood: 2", 0.7, True))}
    assert 'by likelihood among rows of the label "2": AUC 0.700' in verdict("Does it copy?", of_label)["because"]
