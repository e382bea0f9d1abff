"""Settings: one class says the same on the command line, in a recipe, in run.json and in Python."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest
from cyclopts import App
from hypothesis import given
from hypothesis import strategies as st

from spinodal.cli import options
from spinodal.runs import recipes
from spinodal.runs.rules import rules_of
from spinodal.runs.settings import NO_SETTINGS, NO_SOURCE, Settings, Source, defaults
from spinodal.runs.values import Values

from .formats import few
from .toys import dataset

GIVEN = [
    (NO_SOURCE, NO_SETTINGS),
    (Source(label="host", split="0.5"), Settings(steps=3, lr=0.5, hidden=7)),
    (Source(label=[], where={"a": "b", "c!": "d=e"}), Settings(machine="chaotic", gain=1.5, hidden=[7, 5])),
    (Source(kinds={"age": "real"}, match=True, missing=["-", "NA"]), Settings(centered=False, stop_on="")),
    (
        Source(sample=5, reweight=0.8, alphabet="-ACGU", unknown="-"),
        Settings(seed=-3, momentum=0.5, hide=0.1, balance=0.5),
    ),
]
"""What may be given on the command line, too."""

settings_ = st.builds(
    Settings,
    steps=st.none() | st.integers(1, 9),
    lr=st.none() | st.floats(0.1, 1),
    hidden=st.none() | st.integers(0, 9) | st.lists(st.integers(1, 9), max_size=2),
    centered=st.none() | st.booleans(),
)


def typed(values):
    """The options that say the same."""
    for key, value in values.given().items():
        name = f"--{ {'kinds': 'kind'}.get(key, key).replace('_', '-') }"
        if isinstance(value, bool):
            yield name if value else name.replace("--", "--no-")
        elif isinstance(value, dict):
            yield from (f"{name}={k}={v}" for k, v in value.items())
        else:
            yield from (f"{name}={x}" for x in ((value or [""]) if isinstance(value, list) else [value]))


def toml(values):
    """The lines of a recipe that say the same."""
    for key, value in values.given().items():
        if isinstance(value, dict):
            yield f"{key} = {{ {', '.join(f'{json.dumps(k)} = {json.dumps(v)}' for k, v in value.items())} }}"
        else:
            yield f"{key} = {json.dumps(value)}"


@pytest.mark.parametrize(("source", "settings"), GIVEN, ids=range(len(GIVEN)))
def test_the_command_line_a_recipe_and_a_record_say_the_same(source, settings, tmp_path):
    app = App(result_action="return_value")

    @app.default
    def command(*, source: Source = NO_SOURCE, settings: Settings = NO_SETTINGS):
        return source, settings

    found, same = app([*typed(source), *typed(settings)], exit_on_error=False, print_error=False)
    assert same == settings
    label = [source.label] if isinstance(source.label, str) else source.label
    assert found == replace(source, label=label)
    (tmp_path / "mine.toml").write_text("\n".join([*toml(source), *toml(settings)]))
    assert recipes.load(str(tmp_path / "mine.toml")) == (source, settings)
    assert Source.read(json.loads(json.dumps(source.plain()))) == source
    assert Settings.read(json.loads(json.dumps(settings.plain()))) == settings


@few
@given(settings_, settings_, settings_)
def test_layers_of_settings_are_laid_over_each_other_in_any_grouping(one, two, three):
    assert one.over(two).over(three) == one.over(two.over(three))
    assert one.over(NO_SETTINGS) == NO_SETTINGS.over(one) == one.over(one) == one


@pytest.mark.parametrize("machine", ["rbm", "neural"])
def test_a_setting_that_has_a_rule_has_no_default(machine):
    assert {k for k in rules_of(machine) if getattr(defaults(machine), k) is not None} == set()


@pytest.mark.parametrize(("base", "decay"), [("", 0.1), ("auto", 0.0)])
def test_a_network_decays_where_there_is_no_base(base, decay):
    assert Settings(machine="neural", base=base).resolve(dataset("family")).l2 == decay


@pytest.mark.parametrize("machine", ["rbm", "chaotic", "neural"])
def test_resolved_settings_stay_and_come_back_from_a_record(machine):
    data = dataset("family")
    full = Settings(machine=machine).resolve(data)
    assert full.resolve(data) == full == Settings.read(full.plain())
    others = {"rbm": {"energy", "share", "base", "base_lr"}, "chaotic": {"base", "base_lr"}}.get(machine, set())
    assert {k for k, x in full.plain().items() if x is None} == {"drawn"} | others
    assert defaults(machine).over(full) == full


@pytest.mark.parametrize("kind", [Settings, Source])
def test_a_value_of_no_type_is_refused_by_the_key_of_its_field(kind):
    for key in kind.by_key():
        with pytest.raises(ValueError, match=f"^{key} must be ") as said:
            kind.read({key: [{"no": "value"}]})
        assert "\n" not in str(said.value)
        assert "`" not in str(said.value)


def test_a_field_may_have_another_key_on_disk():
    @dataclass(frozen=True, kw_only=True)
    class Renamed(Values):
        sampled: list[str] | None = field(default=None, metadata={"key": "drawn"})

    assert Renamed.read({"drawn": ["visible"]}) == Renamed(sampled=["visible"])
    assert Renamed(sampled=["visible"]).plain() == {"drawn": ["visible"]}
    with pytest.raises(ValueError, match=r"^drawn must be a list, not 3$"):
        Renamed.read({"drawn": 3})


def test_what_is_of_no_matter_is_not_printed():
    full = Settings(steps=3, stop_on="").resolve(dataset("family"))
    silent = {"gain", "rate", "variance", "start_std", "self_coupling", "patience", "stop_on", "drawn"}
    silent |= {"energy", "base", "base_lr", "share", "step_size", "noise"}
    assert full.plain().keys() - full.relevant().keys() == silent
    assert "gain" in Settings(machine="chaotic").resolve(dataset("family")).relevant()
    assert "patience" in replace(full, stop_on="accuracy").relevant()


def test_nothing_takes_back_what_a_recipe_says(tmp_path):
    (tmp_path / "mine.toml").write_text('where = { host = "fly" }\nkinds = { age = "real" }\nlabel = "host"\n')
    empty = Source(where={}, kinds={}, label=[])
    source, _ = options.combined(empty, NO_SETTINGS, str(tmp_path / "mine.toml"))
    assert source == empty
