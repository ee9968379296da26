#!/bin/sh
# Both steps add a line at the same place, each in a folder of its own: merging the second is a conflict, which comes back here with the
# names of the files. A coding agent would read both sides; this one knows what they are.
set -eu
add() {
    sed "s|^list) .*|&\n$1|; s|commands are: list|commands are: list, $2|" notes.sh > notes.new
    mv notes.new notes.sh
}
count='count) wc -l < "$notes" \| tr -d " " ;;'
last='last) tail -n 1 "$notes" ;;'
if grep -q 'Conflicts to mend' "$GSDB_PROMPT_FILE"; then
    git show HEAD:notes.sh > notes.sh
    echo "both commands are wanted: mending the conflict"
fi
case $GSDB_STEP in
1) add "$count" count ;;
2) add "$last" last ;;
esac
echo "notes.sh has: $(sed -n 's/.*commands are: \(.*\)" >.*/\1/p' notes.sh)"
