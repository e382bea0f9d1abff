#!/usr/bin/env bash
# anndata (0.12.19): choosing cells removes the categories that have no cell left, so the integer codes change.
#
# Guess:   adata[mask].obs["type"] keeps its categories, as pandas does for a DataFrame. The codes of a label are the
#          same in each part of the table.
# Happens: unused categories are removed from obs, already in the view, and their colors from uns. T is 2 before and 1
#          after. anndata.settings.remove_unused_categories = False gives the guess.
# Seen:    codes [0, 2, 2, 1]; without the first cell anndata gives [1, 1, 0] and pandas gives [2, 2, 1].
# Met by:  whoever splits cells into training and test cells and takes .cat.codes of each as the class number.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages anndata==0.12.19 numpy==2.4.6 pandas==2.3.3

PYTHONPATH=packages python3 - <<'END'
import sys

import anndata
import numpy as np
import pandas as pd

obs = pd.DataFrame({"type": pd.Categorical(["B", "T", "T", "NK"])}, index=["c1", "c2", "c3", "c4"])
adata = anndata.AnnData(np.ones((4, 2), dtype="float32"), obs=obs)
adata.uns["type_colors"] = ["red", "green", "blue"]
mask = (obs["type"] != "B").to_numpy()


def codes(table):
    return table["type"].cat.codes.tolist()


colors = adata[mask].copy().uns["type_colors"]
seen = [codes(adata.obs), codes(adata[mask].obs), codes(obs[mask]), [str(color) for color in colors]]
anndata.settings.remove_unused_categories = False
seen.append(codes(adata[mask].obs))
print(*seen, sep="\n")
if seen != [[0, 2, 2, 1], [1, 1, 0], [2, 2, 1], ["green", "blue"], [2, 2, 1]]:
    sys.exit("changed: choosing cells no longer renumbers the categories")
END
