"""Letters: the alphabet that all data of a format are in, as it is asked for and as it is written."""

from __future__ import annotations

from ..alphabet import Alphabet
from ..dataset import Dataset


def asked(alphabet: Alphabet | None, own: Alphabet, what: str) -> None:
    """Raises ValueError, with what is in a format, where data are asked for in another alphabet than its own."""
    if alphabet not in (None, own):
        raise ValueError(f'{what}: leave the alphabet out, or pass "{"".join(own.symbols)}"')


def held(data: Dataset, own: Alphabet, what: str) -> None:
    """Raises ValueError, with what is in a format, for data in another alphabet than its own."""
    if data.alphabets.get("visible") != own:
        raise ValueError(f"{what}; write these data to another format")


def spelled(data: Dataset, where: str) -> Alphabet:
    """The alphabet of data that go `where` there are letters; ValueError for other data."""
    alphabet = data.alphabets.get("visible")
    if alphabet is None or not alphabet.spelled:
        raise ValueError(f"{where} holds letters; write these data to .npz")
    return alphabet
