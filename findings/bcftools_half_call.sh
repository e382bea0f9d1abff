#!/usr/bin/env bash
# bcftools (1.16): convert to haplotypes drops the known allele of a half-missing genotype.
#
# Guess:   "0|." becomes "0 ?" and ".|1" becomes "? 1": the format has one field per allele, and "?" is a missing one.
# Happens: both become "? ?". The known allele is lost, and the summary line says "0 skipped".
# Seen:    "0|. .|1 0|1" becomes "? ? ? ? 0 1", and back in VCF ".|. .|. 0|1".
# Met by:  whoever converts phased calls that were merged from several callers, or phased in part, to .hap.
set -euo pipefail
version='bcftools 1.16'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

bcftools=$(command -v bcftools || true)
if [ -z "$bcftools" ]; then
    apt-get download -qq bcftools libhts3 libhtscodecs2 libdeflate0 libcurl3-gnutls >/dev/null 2>&1 || true
    for deb in ./*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" .; done
    export LD_LIBRARY_PATH=$(find "$tmp" -type d -name 'lib*' -o -type d -path '*-linux-gnu*' | paste -sd:)
    bcftools=$tmp/usr/bin/bcftools
fi
found=$("$bcftools" --version 2>/dev/null | sed -n 1p || true)
[ "$found" = "$version" ] || { echo "skipped: version ${found:-none}, the finding is of $version"; exit 0; }

{
    printf '##fileformat=VCFv4.2\n##contig=<ID=1,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\n'
    printf '1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0|.\t.|1\t0|1\n'
} > three.vcf

{
    "$bcftools" convert --haplegendsample three three.vcf 2>&1 | grep -o '[0-9]* skipped'
    zcat three.hap.gz
    "$bcftools" convert --haplegendsample2vcf three -o back.vcf 2>/dev/null
    tail -n 1 back.vcf | cut -f 10- | tr '\t' ' '
} | tee seen

printf '0 skipped\n? ? ? ? 0 1\n.|. .|. 0|1\n' > expected
cmp -s seen expected || { echo 'changed: convert no longer drops the known allele of "0|."'; exit 1; }
