const d = { a: f };
function change() {
    d.a = g;
}
d.a = h;
change();
d.a();
