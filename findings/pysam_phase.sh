#!/usr/bin/env bash
# pysam (0.24.1): assigning a genotype removes the phase of the sample, also one that was set just before.
#
# Guess:   "|" or "/" is a property of the sample, phased. A new value of GT keeps it, as it keeps the other fields.
# Happens: GT, alleles and allele_indices write the alleles without phase. phased is False then, and has to be set
#          after them. Set before, it has no effect. No warning is raised.
# Seen:    "0|1" whose alleles are exchanged is "1/0". phased = True and then GT = (1, 0) is "1/0"; the other way about
#          it is "1|0". In new_record(samples=[...]) {"phased": True, "GT": (1, 0)} is "1/0", and with GT first "1|0".
# Met by:  whoever writes generated haplotypes or edits phased ones: the file no longer says which alleles are together
#          on a haplotype.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --target packages pysam==0.24.1

{
    printf '##fileformat=VCFv4.2\n##contig=<ID=1,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\n'
    printf '1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0|1\n'
} > one.vcf

PYTHONPATH=packages python3 - <<'PY'
import sys

import pysam

print("pysam", pysam.__version__)
file = pysam.VariantFile("one.vcf")
record = next(file)
sample = record.samples["s1"]
seen = []


def show(name, of):
    seen.append(str(of).split()[-1])
    print(f"{name}: {seen[-1]}")


show("read", record)
sample["GT"] = (1, 0)
show("GT = (1, 0)", record)
sample.phased = True
sample["GT"] = (1, 0)
show("phased = True, then GT = (1, 0)", record)
sample.phased = True
sample.alleles = ("G", "A")
show("phased = True, then alleles", record)
sample.phased = True
sample.allele_indices = (1, 0)
show("phased = True, then allele_indices", record)
sample["GT"] = (1, 0)
sample.phased = True
show("GT = (1, 0), then phased = True", record)
for given in ({"phased": True, "GT": (1, 0)}, {"GT": (1, 0), "phased": True}):
    show(f"new_record of {given}", file.header.new_record("1", 99, 100, ("A", "G"), samples=[given]))
if seen != ["0|1", "1/0", "1/0", "1/0", "1/0", "1|0", "1/0", "1|0"]:
    sys.exit("changed: a genotype that is assigned keeps its phase")
PY
