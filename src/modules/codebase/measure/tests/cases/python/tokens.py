from __future__ import annotations
def f(a, b):
    """Not an operand."""
    a = b + b  # neither
    return f"{a}: {b!r:>{a}}" not in ["", 'x' "y"]; pass
class A:
    x: int = 1

    def g(self): return self.x if self.x is not None else ...


half = 7 // 2  # an operator, not a comment
