import a
import b.c
import d.e as f
from .g import h, i as j
from k import *
b.c.x()
