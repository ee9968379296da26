/* License. */
package com.example.shop;

import java.util.List;
import java.util.concurrent.*;
import static java.util.Collections.sort;
import static org.junit.Assert.*;
import Single;

/**
 * A shop.
 * @deprecated use another
 */
@Entity(name = "shop")
@Deprecated
public abstract class Definitions<T extends Comparable<T>> extends Base<T> implements Runnable, java.io.Closeable {
    private static final int LIMIT = 10, OTHER = 20;
    protected List<Item> items = new ArrayList<>();
    @Inject volatile String name;

    static { System.out.println("static"); }
    { name = "instance"; }

    public Definitions(String name, int... rest) {
        super(name);
        this.name = name;
    }

    @Override
    public void run() {
        Runnable task = new Runnable() {
            private int count = 0;
            @Override public void run() { count++; helper(count); }
        };
        new Thread(() -> items.forEach(Item::sell)).start();
        class Local { void inLocal() {} }
        int local = this.items.size();
    }

    abstract <R> R transform(T input) throws Exception;
    synchronized native void nativeMethod();
    private void secret(final Map.Entry<String, Item> entry) { entry.value = outer.inner.field; }

    public enum Color implements Named {
        RED, GREEN(1) { @Override void paint() {} };
        private int code;
        Color() {}
        void paint() {}
    }

    public interface Service extends AutoCloseable, Other<String> {
        int TIMEOUT = 30;
        void serve(Request request);
        default void stop() { close(); }
        static Service of() { return new Impl(); }
    }

    public record Point(int x, @NonNull int... y) implements Named {
        public Point { check(x); }
        static int zero() { return 0; }
    }

    @Retention(RetentionPolicy.RUNTIME)
    public @interface Marker {
        String value() default "x";
        int count() default 1;
    }

    static class Nested { class Deeper {} }
    @Test void testIt() {}
}

class Secondary {}
