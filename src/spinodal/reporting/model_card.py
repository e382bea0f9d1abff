"""Model card: what a model is, learned, scores and is for, as the README.md of its folder, with the hub's header."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from ..data.alphabet import BINARY, DNA, PROTEIN, REAL, RNA, Alphabet
from ..data.dataset import is_label
from ..evaluation.scales import SCALES, scale_of
from ..machines.guidance import guidance_of
from ..machines.protocols import BY_NAME
from ..runs.models import Model
from ..runs.record import units as units_of
from ..runs.sources import FEW
from ..terminal import escape_controls
from . import text
from .page.names import describe

Record = Mapping[str, Any]

PRIVACY = ("copies", "privacy_loss", "membership_auc", "nearest_ratio")
"""The scores that say whether training rows can be found in what is generated."""

FROM_RANDOM = ("rdm", "fef", "fef-chain", "fef1")
"""Protocols whose runs start at random."""

MOST = 30
"""Labels that a card lists; config.json has all."""

HAPLOTYPES = "haplotypes"
GENOMES = dict.fromkeys(("hapt", "hap", "haps", "vcf"), HAPLOTYPES) | {"bed": "genotypes"}
"""What the rows of formats of genomes are."""

TAGS = {PROTEIN.symbols: "protein", RNA.symbols: "rna", DNA.symbols: "dna"}


def model_card(name: str, model: Model, privacy: Mapping[str, Any] | None = None) -> str:
    """The card of a model. privacy: those of PRIVACY that a report has; by default those of the model's log."""
    record, row = model.record, {name: float(x) for log in model.log for name, x in log.items() if x}
    privacy = privacy or {name: {"value": row[name]} for name in PRIVACY if name in row}
    parts = chain(
        _header(record),
        _title(name, record, guidance_of(model.machine)),
        _use(record),
        _data(record),
        _scores(record, row),
        _privacy(privacy),
        _purpose(record, bool(model.confidence)),
        _files(model),
    )
    return "\n".join(parts) + "\n"


def _header(record: Record) -> Iterator[str]:
    """The YAML that the Hugging Face Hub reads; none of it is text from the data."""
    yield from ("---", "library_name: spinodal", "license: # say which, such as cc-by-4.0")
    if task := _task(record):
        yield f"pipeline_tag: {task}"
    letters = _alphabet(record).symbols
    machine = "chaotic-network" if _is_chaotic(record) else "restricted-boltzmann-machine"
    genomics = ["genomics"] if record["data"]["notes"].get("format") in GENOMES else []
    tags = ["spinodal", machine, "generative-model", *([TAGS[letters]] if letters in TAGS else genomics)]
    yield from ("tags:", *(f"- {tag}" for tag in tags), "---", "")


def _task(record: Record) -> str:
    """The hub's name of a task that fits; "" for none, as of sequences, for which the hub has no task."""
    notes = record["data"]["notes"]
    if "schema" in notes and _labels(record):
        return "tabular-classification"
    return "unconditional-image-generation" if "image" in notes else ""


def _title(name: str, record: Record, guidance: float) -> Iterator[str]:
    steps = (record["schedule"] or {}).get("steps")
    kind = "chaotic network" if _is_chaotic(record) else "restricted Boltzmann machine"
    also = ", predicts labels," if _labels(record) else ""
    asked = " with a label that is asked for" if _labels(record) else ""
    yield from (f"# {_plain(name)}", "")
    yield f"A {kind} that generates {_rows(record)}{asked}{also} and completes rows of which a part is unknown."
    if steps:
        how = f" by the protocol {protocol}," if (protocol := record["training"].get("protocol")) in BY_NAME else ""
        start = " from random starts" if protocol in FROM_RANDOM else ""
        yield f"It was trained{how} for {record['age']:,} updates, by runs of {steps} steps{start}."
    if guidance:
        yield f"It makes rows with guidance {guidance:g}: labels that are asked for act more strongly than in training."
    yield f"Made with spinodal {record.get('spinodal', '')}."
    yield ""
    yield from ("| layer | units |", "|---|---|")
    for layer, units in record["machine"]["units"].items():
        yield f"| {_plain(layer)} | {_plain(text.layer(units))} |"


def _use(record: Record) -> Iterator[str]:
    """Commands that work as they stand, but for the names of the model and of files."""
    one, many = _suffixes(record)
    yield from ("", "## How to use it", "")
    yield 'MODEL is this folder, or `hf:OWNER/NAME` of a copy on the Hugging Face Hub (`pip install "spinodal[hub]"`).'
    yield ""
    yield "    spinodal verify MODEL"
    yield f"    spinodal generate MODEL {_asked(record)} -o {many}"
    if _labels(record):
        yield f"    spinodal predict MODEL rows{one} -o labels.csv"
    yield f"    spinodal complete MODEL parts{one} -o {many}"
    yield f"    spinodal score MODEL rows{one}"
    yield ""
    yield from ("In Python:", "", "```python", "import spinodal as sp", "", 'machine = sp.load("MODEL")')
    yield from ("samples = sp.generate(machine, n=100)", f'sp.write(samples, "{many}")', "```")


def _asked(record: Record) -> str:
    """The option of `generate` that asks for the most common label, or for rows as they come."""
    counts = record["data"].get("labels") or {}
    if len(_labels(record)) != 1 or not (own := counts.get(_labels(record)[0])):
        return "-n 100"
    return "--label " + escape_controls(shlex.quote(f"{max(own, key=own.__getitem__)}=100"))


def _data(record: Record) -> Iterator[str]:
    """The data by their numbers."""
    data, source = record["data"], record["source"]
    yield from ("", "## Training data", "")
    yield from ("<!-- Say here what the data are, where they are from, and who may use them. -->", "")
    yield f"They are {_rows(record)}."
    if "rows" in data:
        held = f", and {data['held_out']['rows']:,} held out for the scores" if data.get("held_out") else ""
        yield f"{data['rows']:,} rows for training{held}. The data are not part of this folder."
    if source.get("where"):
        yield f"Only rows with {_plain(', '.join(f'{k} = {x}' for k, x in source['where'].items()))}."
    for layer, counts in (data.get("labels") or {}).items():
        named = source.get("label") if layer == "label" else None
        title = _plain(named if isinstance(named, str) and named else layer.removeprefix("label:"))
        yield from ("", f"| {title} | training rows |", "|---|---|")
        most = sorted(counts, key=counts.__getitem__, reverse=True)
        yield from (f"| {_plain(label)} | {counts[label]:,} |" for label in most[:MOST])
        if len(most) > MOST:
            yield f"| {len(most) - MOST} others | {sum(counts[label] for label in most[MOST:]):,} |"


def _scores(record: Record, row: Mapping[str, float]) -> Iterator[str]:
    """The row of the log, with floors and baselines."""
    yield from ("", "## Scores", "")
    there = [name for name in SCALES if name in row and name not in PRIVACY]
    if not there:
        yield "This model was not scored in its training. `spinodal score MODEL DATA` scores it on rows of yours."
        return
    held = (record["data"].get("held_out") or {}).get("n")
    yield f"On {f'{held:,} ' if held else ''}held-out rows and one set of generated rows, at the age of this model."
    yield "`spinodal score RUN` is the mean over several sets. The floor is the score of"
    yield "training rows in place of generated ones, the baseline that of independent sites, or of one guess for all"
    yield "labels."
    yield from ("", "| score | value | floor | baseline | what it is |", "|---|---|---|---|---|")
    for name in there:
        floor, baseline = row.get(name.replace("_error", "_floor")), (record.get("baselines") or {}).get(name)
        beside = [_number(x) for x in (floor if name.endswith("_error") else None, baseline)]
        yield f"| {describe(name).title} | {_number(row[name])} | {' | '.join(beside)} | {describe(name).meaning} |"
    if best := record.get("best"):
        yield ""
        by = describe(best["score"]).title.lower()
        yield f"This age was chosen by its {by} on these rows, so that value is optimistic."
    if poor := record.get("no_better"):
        yield ""
        yield f"No better than without learning: {', '.join(describe(name).title.lower() for name in poor)}."
    if diverged := record.get("diverged"):
        yield ""
        yield f"The training diverged at age {diverged['age']:,}, after this age."


def _privacy(privacy: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "## Privacy", "")
    if not privacy:
        yield "Whether generated rows give away training rows was not measured. Don't publish a model of data about"
        yield "people without it: `spinodal report RUN -o page.html`, then `spinodal export RUN --report page.json`."
        return
    yield from ("| score | value | ideal | floor | what it is |", "|---|---|---|---|---|")
    for name, said in ((k, x) for k, x in privacy.items() if k != "statement"):
        ideal = said.get("ideal", scale_of(name).ideal)
        cells = [describe(name).title, *map(_number, (said["value"], ideal, said.get("floor"))), describe(name).meaning]
        yield f"| {' | '.join(cells)} |"
    if privacy.get("membership_auc", {}).get("alarm"):
        yield from ("", "**Chance does not explain the membership AUC: generated rows are nearer to training rows.**")
    yield ""
    if told := privacy.get("statement"):
        yield _plain(told)
        return
    yield "These scores find copies. They don't prove that parameters tell nothing about a training row."


def _purpose(record: Record, calibrated: bool) -> Iterator[str]:
    """What the model is for, and what it is not for."""
    counts = chain.from_iterable(own.items() for own in (record["data"].get("labels") or {}).values())
    few = [label for label, n in counts if n < FEW]
    yield from ("", "## Intended use", "")
    yield "- Research: new rows like the training data, as candidates for experiments or as test data."
    if _labels(record):
        how = "are calibrated on held-out rows" if calibrated else "are the machine's own, and not calibrated"
        yield f"- Guesses of missing labels, for people who check them. Their probabilities {how}."
    yield from ("", "It is not for", "")
    yield "- Decisions about people, diagnoses, or anything where a wrong row or label does harm that nobody checks."
    yield "- Proof: a generated row is the machine's claim, and an experiment has to confirm what it is."
    yield "- Other data: rows must have the same sites in the same order as the training data."
    if record["training"].get("protocol") in FROM_RANDOM:
        yield "- Samples of equilibrium: it was trained for runs of the steps above, and makes rows in as many."
    if few:
        named = ", ".join(map(_plain, few[:MOST])) + (", ..." if len(few) > MOST else "")
        yield from ("", f"Labels of fewer than {FEW} training rows are hardly learned: {named}.")


def _files(model: Model) -> Iterator[str]:
    yield from ("", "## Files", "", "| file | |", "|---|---|")
    yield "| `config.json` | the machine, its letters and labels, the names of sites, the settings of the training |"
    yield f"| `model.safetensors` | the parameters after {model.record['age']:,} updates |"
    if model.confidence:
        yield "| `confidence.safetensors` | the calibration of predictions |"
    if model.log:
        yield "| `log.csv` | the scores above |"
    yield ""
    yield "Each of these has a checksum, and `spinodal verify MODEL` checks them. No file is a pickle."


# -- words --------------------------------------------------------------------------------------


def _is_chaotic(record: Record) -> bool:
    return bool(record["machine"].get("gain"))


def _labels(record: Record) -> list[str]:
    return [layer for layer in record["machine"]["units"] if is_label(layer)]


def _alphabet(record: Record) -> Alphabet:
    """The letters of a row; none of numbers, and of the columns of a table."""
    units = record["machine"]["units"]
    return Alphabet.of(units_of(units["visible"])) if "visible" in units else REAL


def _rows(record: Record) -> str:
    """What the rows are."""
    notes, units, alphabet = record["data"]["notes"], record["machine"]["units"].get("visible", {}), _alphabet(record)
    sites = units.get("sites", units.get("size", 0))
    if "schema" in notes:
        return f"rows of a table with {len(notes['schema']['columns'])} columns"
    if "roll" in notes:
        return f"windows of piano rolls of {sites:,} entries"
    if "image" in notes:
        return f"images of {' x '.join(map(str, notes['image']))} pixels"
    if notes.get("format") in GENOMES:
        return f"{GENOMES[notes['format']]} of {sites:,} SNPs"
    if alphabet == BINARY:
        return f"rows of {sites:,} binary sites"
    if not alphabet.symbols:
        return f"rows of {sites:,} numbers"
    named = f" ({_plain(''.join(alphabet.symbols))})" if alphabet.single_letters else ""
    return f"sequences of {sites:,} sites of {len(alphabet.symbols)} letters{named}"


def _suffixes(record: Record) -> tuple[str, str]:
    """The suffix of a file of rows, and the name of what is generated."""
    notes, alphabet = record["data"]["notes"], _alphabet(record)
    if "image" in notes or "roll" in notes:
        return ".npz", "new/"
    if "schema" in notes:
        return ".csv", "new.csv"
    if kind := GENOMES.get(notes.get("format")):
        return (".vcf", "new.vcf") if kind == HAPLOTYPES else (".bed", "new.bed")
    if notes.get("format") == "h5ad":
        return ".h5ad", "new.h5ad"
    return (".fasta", "new.fasta") if alphabet.symbols and alphabet.single_letters else (".npz", "new.npz")


def _number(x: float | None) -> str:
    return "" if x is None else f"{x:.4g}"


def _plain(said: str) -> str:
    """Text from files, which is not to be read as Markdown or HTML, as one line.

    >>> print(_plain("a|b <img> [x](y)"))
    a\\|b \\<img\\> \\[x\\]\\(y\\)
    """
    return re.sub(r"([\\`*_{}\[\]()<>#|~!&])", r"\\\1", escape_controls(said))
