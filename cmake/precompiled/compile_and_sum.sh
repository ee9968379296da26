#!/bin/sh
# compile_and_sum.sh COMPILER ARGUMENTS
#
# Compiles without ccache and, where that made a precompiled header X.pch, writes X.pch.sum from the text of all headers
# in it. ccache takes that as what X.pch contains (CCACHE_PCH_EXTSUM): the file itself has the paths of its build folder in
# it, so that another checkout could neither use it nor share what was compiled with it.
"$@" || exit
output= dependencies= previous=
for argument in "$@"; do
    case $previous in
    -o) output=$argument ;;
    -MF) dependencies=$argument ;;
    esac
    previous=$argument
done
case $output in
*.pch) sed -e '1s/^[^:]*: *//' -e 's/\\$//' "$dependencies" | xargs cat | sha256sum >"$output.sum" ;;
esac
