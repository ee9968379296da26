# A licence
# of
# more
# than
# sixteen
# lines,
# as
# many
# files
# begin
# with
# before
# they
# say
# what
# they
# are.
"""The docstring."""
__all__ = ["Listed"]


class Listed:
    def method(self, a, \
               b): pass


class Unlisted:
    def method(self): pass
