for a in b:
    a()
with open_(c) as d:
    d()
e = [x() for x in y if z]
