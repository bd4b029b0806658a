class :
 def f(self):
  super().f()
  return "long enough for a block of bytes"
