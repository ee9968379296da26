"""What cognitive complexity counts."""


def sum_of_primes(limit):  # 6: the else of a loop costs nothing
    total = 0
    for i in range(1, limit):
        for j in range(2, i):
            if i % j == 0:
                break
        else:
            total += i
    return total


def get_words(number):  # 1
    match number:
        case 1:
            return "one"
        case 2 | 3:
            return "some"
        case _:
            return "lots"


def sequences(a, b, c, d, e, f):
    if a and b and c or d or e and f:  # 1 and 3
        pass
    if a and not (b and c):  # 1 and 2
        pass
    if a and (b and c):  # 1 and 1
        pass


def handlers(first, second):
    try:
        if first:  # 1
            while second:  # 2
                pass
    except (ValueError, KeyError):  # 1
        if second:  # 2
            pass
    finally:
        pass


def branches(a, b):
    if a:  # 1
        pass
    elif b:  # 1
        x = 1 if a else 2  # 2
    else:  # 1
        if b:  # 2
            pass


def factorial(n):
    return n * factorial(n - 1) if n > 1 else 1


class Node:
    def depth(self):
        return 1 + max(child.depth() for child in self.children if child)

    def root(self):
        return self.parent.root() if self.parent else self.root()
