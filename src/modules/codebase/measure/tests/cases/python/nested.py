def decorator(a):
    def inner(b):
        if a:
            print(b)
    return inner


def not_a_decorator(a):
    print(a)
    def inner(b):
        if a:
            print(b)
    return inner


def with_lambda(items):
    return sorted(items, key=lambda item: item.a if item.a and item.b else item.c)


named = lambda x: x or 1

if named(2):
    for _ in range(3):
        pass


@decorator(lambda x: x if x else 1)
def decorated(self, x):
    class Local:
        def method(self):
            if x:
                return x
    return Local()
