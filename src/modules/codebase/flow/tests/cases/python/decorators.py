@first
@second(1)
def f(): pass
