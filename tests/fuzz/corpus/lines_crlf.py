# c
def f(a, # x
      b=lambda: {1:2}) -> (lambda x: x): # hr: off
    """doc
    more \
    """
    x = "a\
b" 'c'; y = a[1:2] \
        + 1
if x: pass
	
if x:
	pass # hr:  off
elif y: z
else :
  \
  pass
async  def g(): # hr: offer
    async with (a as b, c): await d
    return f"{x!r:>{y}} {'a'}", rb"x" b"" 
@ a.b(c)
@d
class A ( B , metaclass = M ) : x : int = 1 ; y = 2 # hr: off
match x:
    case {"a": 1, **r} if r: ...
match = type = 0x1F + 1_0.e5j + .5
type X[T: int, *Ts, **P] = T
try: f()
except* (A, B) as e: raise C from e
else: x @= y; z //= 2; w **= 3; v >>= 1; u != 2
finally: del x, (y), [z[0]]
été = "é" # é
x = 1 \

