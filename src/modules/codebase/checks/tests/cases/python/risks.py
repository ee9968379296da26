import os
import subprocess


def bare():
    try:
        run()
    except:
        log()
    try:
        run()
    except:
        clean()
        raise
    try:
        run()
    except Exception:
        pass
    try:
        run()
    except Exception:
        pass  # it may be gone
    try:
        run()
    except ValueError:
        pass


def defaults(a=[], b={}, c=(), d=None, e: dict = dict(), f=frozenset()):
    return a, b, c, d, e, f


def compare(x):
    if x == None or None != x:
        return x is "text" or x is not 5 or x is None
    assert (x, "message")
    assert x, "message"
    raise NotImplemented


def run(text):
    eval(text)
    exec(text)
    model.eval()
    breakpoint()
    os.system(text)
    subprocess.run(text, shell=True)
    subprocess.run([text], shell=False)
    return {"a": 1, "b": 2, "a": 3, "b": 2}
