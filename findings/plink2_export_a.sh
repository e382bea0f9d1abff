#!/usr/bin/env bash
# plink2 (v2.00a3.5): the 0/1/2 of --export A count REF, while --freq counts ALT.
#
# Guess:   0/1/2 is the number of ALT alleles, as in the DS of a VCF and in --freq.
# Happens: it is the number of REF alleles. A person who is like the reference has 2 everywhere. The name of the allele
#          counted is behind the "_" in the header of the .raw, and --export-allele changes it.
# Seen:    VCF "A G 0/0 0/1 1/1" becomes column rs1_A with 2 1 0; --freq prints ALT_FREQS.
# Met by:  whoever reads the .raw as the matrix of a model and compares it with ALT dosages from elsewhere.
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
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\n'
    printf '1\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0/0\t0/1\t1/1\n'
} > three.vcf

"$plink" --vcf three.vcf --export A --out three >/dev/null
"$plink" --vcf three.vcf --freq --out three >/dev/null
{ awk '{print $2, $7}' three.raw; head -n 1 three.afreq | grep -o 'ALT_FREQS'; } | tee seen

printf 'IID rs1_A\ns1 2\ns2 1\ns3 0\nALT_FREQS\n' > expected
cmp -s seen expected || { echo 'changed: --export A no longer counts REF'; exit 1; }
