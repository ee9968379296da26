d = {'a': f, 1: g}
d['a']()
d[k] = h
a, *b = [f, g, h]
