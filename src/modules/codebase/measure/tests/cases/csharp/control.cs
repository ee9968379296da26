class Control
{
    int Branches(bool a, bool b) { if (a && b) { return 1; } else if (a || b) { return 2; } else { return 3; } }
    void Loops(int n)
    {
        for (int i = 0; i < n; i++) {
            if (i > 1) {
                while (n > 0) { n--; }
            }
        }
    }
    int Cases(int n) { switch (n) { case 1: return 1; case 2: return 2; default: return 3; } }
    int Handled(int n)
    {
        try { n = Run(() => n > 1 ? 1 : 2); }
        catch (System.Exception e) when (n > 0) { if (n > 2) throw; }
        return n?.Value ?? 3;
    }
    int Recursive(int n) => n == 0 ? 1 : Recursive(n - 1);
    abstract int Declared();
}
