"""What scikit-allel 1.3.13 says of two small populations: F_ST, r and principal coordinates.

`python tests/references/allel_values.py` prints them, where scikit-allel is installed (pip install scikit-allel scipy).
"""

from __future__ import annotations

import numpy as np


def populations(sizes=(12, 9), snps=6):
    """Two populations of haplotypes, (n, snps) each, by a rule."""
    i, j = np.arange(sum(sizes))[:, None], np.arange(snps)
    both = ((i * i * (j + 3) + 5 * i * j + 7 * j * j) % 11 < 4 + 2 * (i >= sizes[0]) * (j % 3)).astype(np.int8)
    return both[: sizes[0]], both[sizes[0] :]


def by_allel(x, y):
    """F_ST, r of the pairs i < j of x, and the first two principal coordinates of x, by scikit-allel."""
    import allel

    counts = [allel.HaplotypeArray(side.T).count_alleles(max_allele=1) for side in (x, y)]
    coordinates, _ = allel.pca(x.T.astype(float), n_components=2, scaler=None)
    return allel.average_hudson_fst(*counts, blen=1)[0], allel.rogers_huff_r(x.T), coordinates


FST = 0.1849351
R = [
    -0.1690308, 0.1924501, -0.1924501, 0.1690309, 0.0, -0.0975900, 0.2927700, -0.3142856, 0.5291502, 0.1111111,
    0.0975901, -0.2581989, 0.4879501, 0.2581989, -0.0755929,
]  # fmt: skip
COORDINATES = [
    [-0.6896300, -0.0980630], [-0.2351068, -0.7412461], [0.1556290, -0.4529066], [1.1770852, -0.2295023],
    [0.8436944, -0.4302560], [0.4854011, 0.9098527], [-0.2602144, 0.0052842], [-0.4226341, 0.7829063],
    [0.1943088, -0.6378990], [0.3893764, 1.0072593], [-0.9482797, -0.0173664], [-0.6896300, -0.0980630],
]  # fmt: skip

if __name__ == "__main__":
    for found in by_allel(*populations()):
        print(np.asarray(found).round(7).tolist())
