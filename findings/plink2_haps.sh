#!/usr/bin/env bash
# plink2 (v2.00a3.5): --export haps and hapslegend write ALT as the first allele, so 0 means ALT.
#
# Guess:   a0 is REF and a1 is ALT, and 0 and 1 are those of the VCF, as in the reference panels of IMPUTE2.
# Happens: a0 is ALT, and each 0 of the VCF is a 1 of the .haps. The rule is that of the .bim ("REF second"). Only the
#          word ref-first gives the guess. No warning is printed.
# Seen:    VCF "A G 0|0 0|1" becomes "G A 1 1 1 0"; with ref-first "A G 0 0 0 1".
# Met by:  whoever takes haplotypes from plink2 and compares the bits with those of the VCF or of a panel.
set -euo pipefail
version='PLINK v2.00a3.5'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

plink=$(command -v plink2 || true)
if [ -z "$plink" ]; then
    apt-get download -qq plink2 libblas3 liblapack3 libgfortran5 libdeflate0 >/dev/null 2>&1 || true
    for deb in ./*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" .; done
    export LD_LIBRARY_PATH=$(find "$tmp" -type d -name 'lib*' -o -type d -path '*-linux-gnu*' | paste -sd:)
    plink=$tmp/usr/bin/plink2
fi
found=$("$plink" --version 2>/dev/null || true)
case $found in "$version "*) ;; *) echo "skipped: version ${found:-none}, the finding is of $version"; exit 0 ;; esac

{
    printf '##fileformat=VCFv4.2\n##contig=<ID=1,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\n'
    printf '1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0|0\t0|1\n'
} > two.vcf

"$plink" --vcf two.vcf --export haps --out plain >/dev/null
"$plink" --vcf two.vcf --export hapslegend --out legend >/dev/null
"$plink" --vcf two.vcf --export haps ref-first --out first >/dev/null
tail -qn 1 plain.haps legend.legend legend.haps first.haps | tee seen

cat > expected <<'END'
1 rs1 100 G A 1 1 1 0
rs1 100 G A
1 1 1 0
1 rs1 100 A G 0 0 0 1
END
cmp -s seen expected || { echo 'changed: --export haps no longer writes ALT first'; exit 1; }
