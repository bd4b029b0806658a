def f():
  def g():
    a # c