#!/usr/bin/env bash
# scikit-allel (1.3.13): every haploid genotype of a VCF counts as a missing one.
#
# Guess:   "0" and "1" on the X of a man are called genotypes. Only "." is missing.
# Happens: read_vcf makes two alleles of each genotype and fills the second with -1, which is also the missing allele.
#          So "0" and "0/." are the same array, and is_called is False for both. No warning is raised.
# Seen:    "0 1 . 0|1" gives is_called [False, False, False, True], three missing; to_n_alt(fill=-1) [-1, -1, -1, 1].
# Met by:  whoever filters sites of chromosome X by missingness: with many men, all sites go.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages scikit-allel==1.3.13 numpy==2.4.6

{
    printf '##fileformat=VCFv4.2\n##contig=<ID=X,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\ts4\n'
    printf 'X\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0\t1\t.\t0|1\n'
} > four.vcf

PYTHONPATH=packages python3 - <<'END'
import sys

import allel

genotypes = allel.GenotypeArray(allel.read_vcf("four.vcf")["calldata/GT"])
seen = (
    genotypes.is_called()[0].tolist(),
    int(genotypes.count_missing()),
    genotypes.to_n_alt(fill=-1)[0].tolist(),
    genotypes.count_alleles()[0].tolist(),
)
print(*seen)
if seen != ([False, False, False, True], 3, [-1, -1, -1, 1], [2, 2]):
    sys.exit("changed: a haploid genotype no longer counts as missing")
END
