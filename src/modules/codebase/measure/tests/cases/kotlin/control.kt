class Control {
    fun branches(a: Boolean, b: Boolean): Int { if (a && b) { return 1 } else if (a || b) { return 2 } else { return 3 } }
    fun loops(n: Int) {
        for (i in 0..n) {
            if (i > 1) {
                while (n > 0) { n.dec() }
            }
        }
    }
    fun cases(n: Int): Int {
        return when (n) {
            1 -> 1
            2 -> 2
            else -> 3
        }
    }
    fun handled(n: Int): Int {
        try { run { n > 1 } } catch (e: Exception) { if (n > 2) throw e }
        return n?.value ?: 3
    }
    fun recursive(n: Int): Int = if (n == 0) 1 else recursive(n - 1)
    abstract fun declared(): Int
}
