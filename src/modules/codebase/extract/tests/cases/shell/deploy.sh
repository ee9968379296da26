#!/bin/bash
# Deploys it.
set -euo pipefail
source ./lib.sh
. "$HOME/env"

readonly TARGET=/srv
export PATH="$PATH:/x"
count=0
count=1

# Says it.
say() {
    local text="$1"
    echo "$text" "${count}"
}

function deploy {
    if [ -z "$1" ] || [[ $2 == x ]]; then
        say none
        return 1
    elif test -d "$TARGET"; then
        for f in *.txt; do cp "$f" "$TARGET" && say "$f"; done
    else
        case "$1" in a) say a ;; *) say b ;; esac
    fi
    while read -r line; do say "$line"; done < <(ls)
}
alias ll='ls -l'
deploy "$@" | tee log
