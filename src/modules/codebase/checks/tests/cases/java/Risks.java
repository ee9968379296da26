class Risks {
    void f(String s, int n) {
        if (s == "text" || "a" == "b" || s == null) g();
        try { g(); } catch (Exception e) {}
        try { g(); } catch (Exception ignored) {}
        try { g(); } catch (Exception e) { /* gone */ }
        this.n = this.n;
        switch (n) {
            case 1:
                g();
            case 2:
                return;
            default:
                g();
        }
        switch (n) {
            case 1 -> g();
            default -> g();
        }
    }

    @SuppressWarnings("fallthrough")
    void g() {
        switch (n) {
            case 1: h();
            case 2: h();
        }
    }
}
