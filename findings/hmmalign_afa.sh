#!/usr/bin/env bash
# HMMER (3.3.2): the aligned FASTA of hmmalign has two letter cases and two gap characters; its PHYLIP has one of each.
#
# Guess:   "--outformat afa" is plain aligned FASTA: upper case and "-". Only A2M has lower case and ".".
# Happens: afa is the Stockholm alignment: inserts in lower case, and "." as the gap of insert columns. PHYLIP from the
#          same command has upper case and "-". Without "#=GC RF", which afa cannot hold, the case is the only sign of
#          an insert column.
# Seen:    x is "AC..DEFGHIKLMN" and y is "ACggDEFGHI-LMN" in afa; "AC--..." and "ACGG..." in PHYLIP.
# Met by:  whoever takes an alphabet or gap frequencies from such a file: "g" and "." are new letters, or an error.
set -euo pipefail
version='HMMER 3.3.2'
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"

folder=$(dirname "$(command -v hmmalign || true)")
if [ "$folder" = . ]; then
    apt-get download -qq hmmer libdivsufsort3 >/dev/null 2>&1 || true
    for deb in ./*.deb; do [ ! -e "$deb" ] || dpkg -x "$deb" .; done
    export LD_LIBRARY_PATH=$(find "$tmp" -type d -name 'lib*' -o -type d -path '*-linux-gnu*' | paste -sd:)
    folder=$tmp/usr/bin
fi
found=$("$folder/hmmalign" -h 2>/dev/null | sed -n '2s/^# \(HMMER [^ ]*\).*/\1/p' || true)
[ "$found" = "$version" ] || { echo "skipped: version ${found:-none}, the finding is of $version"; exit 0; }

printf '>a\nACDEFGHIKLMN\n>b\nACDEFGHIKLMN\n>c\nACDEFGHIKLMN\n' > seed.fasta
printf '>x\nACDEFGHIKLMN\n>y\nACGGDEFGHILMN\n' > new.fasta
"$folder/hmmbuild" --amino seed.hmm seed.fasta >/dev/null
for form in afa phylip; do "$folder/hmmalign" --outformat $form seed.hmm new.fasta; done | tee seen

cat > expected <<'END'
>x
AC..DEFGHIKLMN
>y
ACggDEFGHI-LMN
 2 14
x          AC--DEFGHIKLMN
y          ACGGDEFGHI-LMN
END
cmp -s seen expected || { echo 'changed: the aligned FASTA of hmmalign has other insert columns'; exit 1; }
