function f(x) {
    switch (x) {
        case 1:
        case 2:
            g();
        case 3:
            g();
            // falls through
        case 4:
            if (x) return 1; else throw x;
        case 5: {
            g();
            break;
        }
        case 6: {
            g();
        }
        case 7:
            process.exit(1);
        case 8:
            while (true) g();
        case 9:
            return 1;
            break;
        default:
            g();
    }
    return h();
    function h() {}
    var after;
    g();
}
function k() {
    throw 1;
    g();
}
