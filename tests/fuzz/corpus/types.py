class A[
  T, # c
  *U]:
  def f[V: "a#b"](self, x: T) -> lambda: 0: return super().f()
