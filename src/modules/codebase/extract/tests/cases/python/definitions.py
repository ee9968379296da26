"""What the module is.

More of it.
"""

# A comment of its own.

__all__ = ["Outer", "helper"]
__all__ += ["late"]

MAX_SIZE = 10  # said of it
first, (second, *rest) = 1, (2, 3)
typed: int = 3
Alias: TypeAlias = "Outer"
type Pair[T] = tuple[T, T]
MAX_SIZE = 11
square = lambda x, y=1: x * y


def helper(a, /, b: int = 1, *args, key=None, **kwargs) -> "list[str]":
    """Helps."""
    local = 1

    def nested(x):
        yield x

    class Local(Base):
        def method(self): pass

    return nested(local)


# Not a docstring, but said right before.
async def fetch[T](url: str) -> T:
    async with session.get(url) as response:
        return await response.json()


@decorators.register("name", flag=True)
@final
class Outer(Base, mixins.Mixin, Generic[T], metaclass=Meta):
    """The outer class."""

    FIELD = 1
    annotated: "int"
    dataclass_like: list[int] = field(default_factory=list)

    def __init__(self, x):
        self.x = x
        self.y, other.z = x, 1

    @property
    def prop(self) -> int:
        # not a docstring
        return self._x

    @prop.setter
    def prop(self, value): self._x = value

    @staticmethod
    @deprecated("no")
    def make() -> Outer: return Outer(1)

    @classmethod
    @abstractmethod
    def build(cls,
              a,  # the first
              b):
        return super().build(a, b)

    @overload
    def many(self, x: int) -> int: ...

    @overload
    def many(self, x: str) -> str: ...

    def _private(self): ...

    class Inner:
        """Inner."""
        def run(self): return self.callback()(1)


try:
    import fast as impl
except ImportError:
    impl = None

if True:
    def conditional(): pass


def late(): return f"{helper(1)} {x.y}"
