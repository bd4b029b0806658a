def f(a, b):
  match a:
    case {"c": 1, **a} | [b, *_] if (b := 1): return a
    case _: pass
