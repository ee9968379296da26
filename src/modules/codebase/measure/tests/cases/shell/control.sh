branches() {
    if a && b; then
        echo 1
    elif a || b; then
        echo 2
    else
        echo 3
    fi
}
loops() {
    for i in 1 2; do
        if [ "$i" -gt 1 ]; then
            while [ "$n" -gt 0 ]; do
                n=$((n - 1))
            done
        fi
    done
}
cases() {
    case "$1" in
        1) echo 1 ;;
        2) echo 2 ;;
        *) echo 3 ;;
    esac
}
recursive() {
    [ "$1" = 0 ] || recursive "$(($1 - 1))"
}
