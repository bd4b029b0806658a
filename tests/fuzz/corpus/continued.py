class A:
  \
 def f(self, \
  x): \
    return x
if a:
\
  def g(): a