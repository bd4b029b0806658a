class A(B):
 class C(D):
  def m(s): super().m(); super( ).m()
A.C = 1
def f():
 class A(B):
  def m(s): return [super() for s in s]
from x import *
