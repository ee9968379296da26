let a = (b = f);
b();
c();
