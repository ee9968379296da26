class A(B):
    x = f
    def m(self, a, *b, c=1, **d):
        super().m()
        self.y = a
        return self.x()
    @staticmethod
    def s(): pass
    @property
    def p(self): return self.y
A().m(1)
