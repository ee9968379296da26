def f(): pass
def g(): pass
a = f
a()
a = g
a()
