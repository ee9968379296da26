import sys

from greeting import greeting

print(greeting(sys.argv[-1]))
