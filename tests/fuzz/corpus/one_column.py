def f():
 def g(a):
  "d"
  a = 1
  def h(): return a
