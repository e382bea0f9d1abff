#!/usr/bin/env bash
# PLINK 1.9 (v1.90b6.26): --keep changes which allele is counted at SNPs that nobody touched.
#
# Guess:   --keep chooses rows. The SNPs of the new .bed are coded as in the old one.
# Happens: --make-bed makes A1 the rarer allele among the people kept. A1 and A2 of the SNP change places in the .bim,
#          and the count of A1 of the same person becomes 2 - count. No warning is printed. --keep-allele-order
#          prevents this.
# Seen:    rs1 is "A G" with four people and "G A" with two of them. Person s1 has 2 copies of A1, then 0.
# Met by:  whoever splits a .bed into training and test people with --keep and reads the two .bed files as 0/1/2.
set -euo pipefail
version='PLINK v1.90b6.26'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

plink=$(command -v plink1.9 || true)
if [ -z "$plink" ]; then
    apt-get download -qq plink1.9 libblas3 liblapack3 libgfortran5 >/dev/null 2>&1 || true
    for deb in ./*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" .; done
    export LD_LIBRARY_PATH=$(find "$tmp" -type d -name 'lib*' -o -type d -path '*-linux-gnu*' | paste -sd:)
    plink=$tmp/usr/bin/plink1.9
fi
found=$("$plink" --version 2>/dev/null || true)
case $found in "$version "*) ;; *) echo "skipped: version ${found:-none}, the finding is of $version"; exit 0 ;; esac

cat > four.ped <<'END'
s1 s1 0 0 0 -9 A A G A
s2 s2 0 0 0 -9 A G G G
s3 s3 0 0 0 -9 G G G G
s4 s4 0 0 0 -9 G G G G
END
printf '1 rs1 0 100\n1 rs2 0 200\n' > four.map
printf 's1 s1\ns2 s2\n' > people

"$plink" --file four --make-bed --out four >/dev/null
"$plink" --bfile four --keep people --make-bed --out two >/dev/null
"$plink" --bfile four --keep people --keep-allele-order --make-bed --out same >/dev/null
for name in four two same; do
    "$plink" --bfile $name --keep-allele-order --recode A --out $name >/dev/null
    awk -v n=$name '$2 == "rs1" {printf "%s: A1 A2 = %s %s", n, $5, $6}' $name.bim
    awk '$2 == "s1" {print ", s1 has " $7 " of A1"}' $name.raw
done | tee seen

cat > expected <<'END'
four: A1 A2 = A G, s1 has 2 of A1
two: A1 A2 = G A, s1 has 0 of A1
same: A1 A2 = A G, s1 has 2 of A1
END
cmp -s seen expected || { echo 'changed: --keep --make-bed no longer exchanges A1 and A2 of rs1'; exit 1; }
