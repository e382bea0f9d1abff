#!/usr/bin/env bash
# bcftools (1.16): convert writes a missing haploid genotype as "-1 -", which convert itself refuses to read.
#
# Guess:   "." becomes "? -": "?" is a missing allele and "-" is the chromosome that is not there.
# Happens: a site with haploid genotypes alone gets "-1 -". One such genotype makes --hapsample2vcf and
#          --haplegendsample2vcf stop. Where one sample of the site is diploid, "." becomes "? -", as guessed.
# Seen:    "0 1 ." becomes "0 - 1 - -1 -", then "Could not parse: [ ][0 - 1 - -1 -]".
# Met by:  whoever makes IMPUTE2/SHAPEIT files of men's Y or mitochondrial genotypes, or of a haploid organism.
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
    printf '##fileformat=VCFv4.2\n##contig=<ID=Y,length=1000>\n'
    printf '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    printf '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\ts3\n'
    printf 'Y\t100\trs1\tA\tG\t.\tPASS\t.\tGT\t0\t1\t.\n'
    printf 'Y\t200\trs2\tC\tT\t.\tPASS\t.\tGT\t0\t0|1\t.\n'
} > three.vcf

{
    for form in hapsample haplegendsample; do
        "$bcftools" convert --$form $form three.vcf 2>/dev/null
        zcat $form.hap.gz | grep -o '0 - .*'
        "$bcftools" convert --${form}2vcf $form -o back.vcf 2>&1 | grep -o 'Could not parse.*' || true
    done
} | tee seen

cat > expected <<'END'
0 - 1 - -1 -
0 - 0 1 ? -
Could not parse: [ ][0 - 1 - -1 -]
0 - 1 - -1 -
0 - 0 1 ? -
Could not parse: [ ][0 - 1 - -1 -]
END
cmp -s seen expected || { echo 'changed: convert no longer writes a missing haploid genotype as "-1 -"'; exit 1; }
