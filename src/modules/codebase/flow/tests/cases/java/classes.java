package a.b;

import c.Made;

class Outer extends Base {
    static final int size = 3;
    static Made made = Made.of(size);
    private Runnable later = () -> go(made);

    Outer(int x) {
        super(x);
    }

    void go(Made one) {
        Object kept = one;
        ((Outer) kept).later.run();
        Runnable named = Made::start;
    }

    void go(String... texts) {
        for (String text : texts) go(text);
    }

    interface Shape {
        double area();
    }

    class Inner {
        void go() {
            Outer.this.go("a", 1);
        }
    }
}
