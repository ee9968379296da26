#!/usr/bin/env python3
import os, os.path as path
import a.b.c
from . import sibling
from .pkg.mod import name as alias, other
from ... import up
from module import *
from module import (
    one,  # the first
    two,
)
from __future__ import annotations
import importlib

def load():
    import json
    plugin = importlib.import_module(".plugins", __package__)
    return __import__("dynamic")

__all__ = ("path", "other")

if TYPE_CHECKING:
    import types_alone
    from types_alone import Kind
if other:
    import conditional
