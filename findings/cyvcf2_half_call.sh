#!/usr/bin/env bash
# cyvcf2 (0.35.0): a half-missing genotype is a called one, and the allele frequency counts its "." as REF.
#
# Guess:   "0/." and "./1" are UNKNOWN, and aaf is ALT alleles over alleles seen.
# Happens: gt_types says HOM_REF for "0/." and HET for "./1". Both are in num_called, and aaf divides by two alleles
#          for each. VCF(..., strict_gt=True) makes them UNKNOWN.
# Seen:    "0/. ./1 0/0 ./." gives gt_types [0, 1, 0, 2], num_called 3, aaf 1/6; one of the four alleles seen is ALT.
# Met by:  whoever takes genotypes or frequencies from merged or low-coverage calls.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages cyvcf2==0.35.0 numpy==2.4.6

{
    printf '##fileformat=VCFv4.2\n##contig=<ID=1,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\ts4\n'
    printf '1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0/.\t./1\t0/0\t./.\n'
} > four.vcf

PYTHONPATH=packages python3 - <<'END'
import sys

from cyvcf2 import VCF

seen = []
for strict in (False, True):
    site = next(VCF("four.vcf", strict_gt=strict))
    seen.append((site.gt_types.tolist(), int(site.num_called), round(float(site.aaf), 4)))
    print(f"strict_gt={strict}:", *seen[-1])
if seen != [([0, 1, 0, 2], 3, 0.1667), ([2, 2, 0, 2], 1, 0.0)]:
    sys.exit("changed: a half-missing genotype is no longer counted as a called one")
END
