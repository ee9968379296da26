def after_return():
    return 1
    print("ü")


def generator():
    return
    yield


def loop(items):
    for item in items:
        continue
        item()
    while True:
        if items:
            break
        raise ValueError
    print()


def handled():
    try:
        return 1
    finally:
        print()
    print()
