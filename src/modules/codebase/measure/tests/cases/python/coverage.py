"""Documentation, annotations, cohesion."""
from typing import overload


class Shape:
    """A shape."""
    sides = 4

    def __init__(self, width: int, height):
        self.width = width
        self.height = height
        self.name = None

    def area(self) -> int:
        """The area."""
        return self.width * self.height

    def perimeter(self):
        return 2 * (self.width + self.height)

    def label(self, prefix: str, *rest: str, suffix="x", **options) -> str:
        return prefix + self.name

    def inherited(self):
        return self.somewhere_else()

    def also_inherited(self):
        return self.somewhere_else()

    def _hidden(self): return self.label("x")

    @staticmethod
    def make(a: int, b): return Shape(a, b)

    @property
    def size(self) -> int:
        return self.area()

    @size.setter
    def size(self, value):
        self.width = value


@overload
def f(a: int) -> int: ...
@overload
def f(a: str) -> str: ...
def f(a): return a
