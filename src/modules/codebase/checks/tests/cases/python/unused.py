import os
import json, re
import xml.dom.minidom
from typing import List, Optional
from a import b as b
from a import c as d
from .local import *
from __future__ import annotations

try:
    import simplejson
except ImportError:
    simplejson = None

__all__ = ["exported"]
from m import exported
from m import typed, commented


def annotated(x: "typed") -> None:
    y = []  # type: commented
    return x, y


def function(used, unused, _ignored, *rest, keyword=1, **others):
    value = used()
    again = value
    with open(again) as stream:
        pass
    try:
        List()
    except ValueError as error:
        pass
    for i in range(3):
        print()
    a, b = used()
    total = 0
    total += 1
    inner = 2

    def nested():
        nonlocal total
        return inner

    return nested


def everything(a):
    hidden = 1
    return locals()


class C:
    attribute = re.compile("x")

    def method(self, unused):
        local = 1


def stub(a):
    """Others decide."""
    raise NotImplementedError


def test_it(fixture):
    local = 1


class Walker:
    from walking import walk


from a import \
    continued
