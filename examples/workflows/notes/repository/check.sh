# What every change has to pass.
set -e
sh -n notes.sh
test "$(sh notes.sh list | wc -l)" -eq 2
if grep -q '<<<<<<<' notes.sh; then exit 1; fi
