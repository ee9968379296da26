package control;

import java.util.List;

/** Documented. */
public class Control extends Base {
    private int count, other;
    private final String name = count > 1 ? "a" : "b";

    public Control(int count) { this(count, null); }
    protected Control(int count, Object o) { super(o); this.count = count; }

    /** Adds. */
    public int add(int n) { return count += n; }
    @Override public int total() { return count; }
    public String label() { return suffix(); }
    String suffix() { return other.count + ""; }
    abstract int declared(int a);
    static int zero() { return 0; }

    int control(List<String> items, int n) throws Exception {
        outer:
        for (int i = 0; i < n && n > 3 || i == 4; i++) {
            for (String item : items) {
                if (item == null) continue outer;
                else if (i > 2) break;
                else n--;
            }
        }
        do { n++; } while (n < 3);
        try (var in = open()) {
            synchronized (this) { n = control(items, n - 1); }
        } catch (RuntimeException | Error e) {
            throw e;
        } finally { close(); }
        switch (n) { case 1: case 2: return 1; default: n = 2; }
        int y = switch (n) { case 1, 2 -> 3; case 4 -> { yield 4; } default -> 5; };
        Runnable r = () -> { if (n > 0) run(() -> n > 1 ? 1 : 2); };
        return control(items) + new Base() { int inner() { while (true) { assert n > 0; } } }.inner();
    }
    int control(List<String> items) { return 0; }
    record Point(int x, int y) { int sum() { return x + y; } }
    enum Color { RED, GREEN { int f() { return 1; } } }
    interface Shape { double area(); default double twice() { return 2 * area(); } }
}
