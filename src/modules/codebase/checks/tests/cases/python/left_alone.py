import a  # noqa
import b  # noqa: F401
import c  # noqa: E501
import d  # gsdb: ignore[unused/import] it registers itself


# gsdb: ignore[complexity/cognitive, size/parameters]: a table
# of many lines

def f():
    # gsdb: ignore
    x = 1  # gsdb: ignore[unused/variable]
