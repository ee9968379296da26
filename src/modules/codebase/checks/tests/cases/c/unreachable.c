int f(int n) {
    goto end;
    n++;
end:
    return n;
    n--;
}
int g(int n) {
#ifdef X
    return 1;
#endif
    return n;
}
