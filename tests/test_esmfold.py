"""ESMFold: pLDDT of a tiny model with random weights is that of its alpha carbons; what can't be judged is said."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spinodal.data.alphabet import PROTEIN, RNA
from spinodal.data.dataset import Dataset, numbered_names
from spinodal.evaluation.esmfold import esmfold
from spinodal.evaluation.reference import Rows

ROWS = ["MKV-LIDE", "MK--LIDE", "-MKLIDEW"]


def dataset(rows=ROWS, alphabet=PROTEIN):
    return Dataset({"visible": alphabet.encode(rows, unknown="?")}, {"visible": alphabet}, numbered_names(len(rows)))


class Known(torch.nn.Module):
    """In place of a model: of the atom a of the residue r, pLDDT is (10 r + a) / 1000."""

    def __init__(self):
        super().__init__()
        self.seen = []

    @classmethod
    def from_pretrained(cls, folder, local_files_only):
        assert local_files_only
        return cls.only

    def infer(self, texts):
        self.seen += texts
        (text,) = texts
        return {"plddt": (10 * torch.arange(len(text))[:, None] + torch.arange(37))[None] / 1000}


def test_it_is_the_mean_over_alpha_carbons_of_the_letters(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    Known.only = Known()
    monkeypatch.setitem(sys.modules, "transformers", SimpleNamespace(EsmForProteinFolding=Known))
    found = esmfold(tmp_path).fit(Rows(dataset()))(dataset(["MKV-LID", "M?-----", "-------"]))
    np.testing.assert_allclose(found, [0.1 + 25 / 10, 0.1 + 5 / 10, np.nan], rtol=1e-6)
    assert Known.only.seen == ["MKVLID", "MX"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The weights of a model of two small layers."""
    transformers = pytest.importorskip("transformers", reason="transformers isn't installed")
    structure = {
        "sequence_dim": 16,
        "pairwise_dim": 8,
        "ipa_dim": 4,
        "resnet_dim": 8,
        "num_heads_ipa": 2,
        "num_blocks": 1,
    }
    trunk = {
        "num_blocks": 1, "sequence_state_dim": 16, "pairwise_state_dim": 8, "sequence_head_width": 8,
        "pairwise_head_width": 4, "position_bins": 4, "max_recycles": 1, "structure_module": structure,
    }  # fmt: skip
    config = transformers.EsmConfig(
        vocab_size=33, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64, is_folding_model=True, esmfold_config={"trunk": trunk, "fp16_esm": False},
        pad_token_id=1, mask_token_id=32,
    )  # fmt: skip
    torch.manual_seed(0)
    found = tmp_path_factory.mktemp("esmfold")
    transformers.EsmForProteinFolding(config).save_pretrained(found)
    return found


def test_a_tiny_model_judges_as_it_infers(folder):
    transformers = pytest.importorskip("transformers")
    found = esmfold(folder).fit(Rows(dataset()))(dataset())
    model = transformers.EsmForProteinFolding.from_pretrained(folder).eval()
    with torch.no_grad():
        own = [100 * model.infer(row.replace("-", ""))["plddt"][0, :, 1].mean().item() for row in ROWS]
    np.testing.assert_allclose(found, own, rtol=1e-5)
    assert ((found > 0) & (found < 100)).all()


def test_where_the_gaps_are_does_not_matter_and_unknown_is_x(folder):
    judged = esmfold(folder).fit(Rows(dataset()))
    assert judged(dataset(["MKVL--"])) == judged(dataset(["M-K-VL"]))
    assert np.isfinite(judged(dataset(["MK?L"]))).all()
    assert np.isnan(judged(dataset(["----"]))).all()


def test_what_is_no_protein_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"no config\.json"):
        esmfold(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="is of proteins"):
        esmfold(tmp_path).fit(Rows(dataset(["ACGU"], RNA)))


def test_a_folder_of_other_contents_is_an_error(tmp_path, monkeypatch):
    def nothing(folder, local_files_only):
        raise OSError("no file named\nmodel.safetensors")

    (tmp_path / "config.json").write_text("{}")
    module = SimpleNamespace(EsmForProteinFolding=SimpleNamespace(from_pretrained=nothing))
    monkeypatch.setitem(sys.modules, "transformers", module)
    with pytest.raises(ValueError, match=r"no weights of ESMFold .* no file named model\.safetensors"):
        esmfold(tmp_path).fit(Rows(dataset()))


def test_without_transformers_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ValueError, match=r'pip install "spinodal\[fold\]"'):
        esmfold(tmp_path).fit(Rows(dataset()))
